// The story of a failing build: fetch log → redact → last pass → triage → suspects → explain → save → tell.
//
// Called by: events/process_event (a job of the queue). Hands to: notify (the outbox, in the same commit).
// No language model is needed; explain() is the step where one will speak later.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "events/failure_repo.h"
#include "events/finding.h"
#include "events/log_store.h"
#include "guard/redact.h"
#include "logs/rules.h"
#include "logs/triage.h"
#include "store/db.h"
#include "telemetry/metrics.h"
#include "tools/github/actions.h"
#include "tools/github/client.h"

namespace fm::events {

struct AnalyseOptions {
  std::string channel;                      // where notices go; empty: nowhere
  std::function<std::string()> public_url;  // asked late: the port may not be known yet
};

// How much patience a fetch deserves: while `may_wait`, a log that is not there yet or a GitHub that is down is an
// error (the job comes again); after that it is a finding that says so.
struct FetchPolicy {
  bool may_wait = true;
};

// Thread-safe.
class CiAnalysis {
 public:
  using Rules = std::function<const logs::RuleSet&()>;  // asked at each analysis: they may still be loading

  CiAnalysis(const Clock& clock, tools::github::Client& github, const guard::Redactor& redactor, Rules rules,
             telemetry::Registry& metrics, AnalyseOptions options);

  // What one failed job comes to. api_job: as GitHub lists it (its steps name the failed one); run: for the last pass.
  // Errors: those worth another attempt only (limited, unavailable, timeout, cancelled).
  Result<Finding> analyse_job(const Context& context, const JobRef& job, const tools::github::Job* api_job,
                              const tools::github::Run* run, FetchPolicy policy);
  // For failures without a job's log: a run that could not start, a check of another app.
  Finding finding_without_log(const JobRef& job, std::string_view category, std::string_view what,
                              std::string_view reason) const;

  // Finding, log and notice in the caller's transaction. packed: pack_log(finding.log), made before.
  Result<Saved> save(store::Tx& tx, const Finding& finding, const std::vector<LogPiece>& packed) const;

 private:
  struct FetchedLog {
    LogState state = LogState::missing;
    std::string text, reason;
  };
  Result<FetchedLog> fetch_log(const Context& context, const JobRef& job, const tools::github::Job* api_job,
                               FetchPolicy policy);
  void compare_with_last_pass(const Context& context, const tools::github::Run* run, Finding& finding,
                              std::string& passing_log);
  void digest(Finding& finding, const std::string& passing_log) const;
  void find_suspects(const Context& context, Finding& finding) const;
  void explain(Finding& finding) const;

  const Clock& clock_;
  tools::github::Client& github_;
  const guard::Redactor& redactor_;
  Rules rules_;
  AnalyseOptions options_;
  telemetry::Histogram& seconds_;
  telemetry::Counter& degraded_;
};

}  // namespace fm::events
