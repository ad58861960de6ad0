// Takes a webhook in: one durable commit holds the event and its job, then the sender hears 202.
//
// Called by: api/webhooks (edge), events/reconcile (what was missed). Hands to: the job queue ("github_event").
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "events/github_event.h"
#include "guard/redact.h"
#include "store/db.h"

namespace fm::events {

inline constexpr std::string_view kGitHubEventJob = "github_event";

struct Delivery {
  std::string source = "github";  // "github", "github_poll"
  std::string id;                 // X-GitHub-Delivery
  std::string kind;               // X-GitHub-Event
  std::string body;               // raw, already verified
  bool demo = false;
};

struct Accepted {
  std::string event_id;
  bool repeated = false;  // known before: nothing new was stored
  bool queued = false;    // a job waits for it (also: a dead one was queued again)
};

class Ingest {
 public:
  // seal_key: 32 bytes; the raw body is kept sealed with it until its job is done.
  Ingest(store::Db& db, const Clock& clock, const guard::Redactor& redactor, std::string seal_key);

  using Done = std::function<void(Result<Accepted>)>;
  // Decodes, then hands to the writer; done runs once, on this or the writer's thread, after the commit is durable.
  // Errors: invalid (see decode_github_event), unavailable (store busy or full).
  void accept(Delivery delivery, Done done);
  // The same, waiting.
  Result<Accepted> accept_and_wait(const Context& context, Delivery delivery);

  // The body that an event still keeps. Errors: not_found (its work is done), invalid (another seal key).
  Result<std::string> load_body(std::string_view event_id) const;

 private:
  store::Db& db_;
  const Clock& clock_;
  const guard::Redactor& redactor_;
  std::string seal_key_;
};

}  // namespace fm::events
