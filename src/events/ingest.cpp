#include "events/ingest.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "base/compress.h"
#include "base/ids.h"
#include "base/text.h"
#include "guard/seal.h"
#include "store/queue.h"

namespace fm::events {
namespace {

using store::null_if_empty;
using store::Row;
using store::Tx;

// Everything the commit needs, made before the writer is bothered. Texts of people are redacted already.
struct Prepared {
  Delivery delivery;
  GitHubEvent event;
  std::string event_id;
  std::string job_id;  // empty: nothing to do
  std::string summary;
  std::string ref, branch, actor;
  std::string sealed;
  UnixMs now = 0;
  std::int64_t size_bytes = 0;
  Accepted accepted;
};

// Payloads shrink to a sixth: that saves more in sealing and in the store's pages than it costs.
constexpr int kPayloadLevel = -3;

// One pass over the three texts that people wrote.
void redact_texts(Prepared& p, const guard::Redactor& redactor) {
  const auto one_line = [](const std::string& text) { return replace_all(clean_utf8(text), "\n", " "); };
  const std::string texts =
      one_line(summary_of(p.event)) + "\n" + one_line(p.event.ref) + "\n" + one_line(p.event.branch);
  const std::string redacted = redactor.redact_text(texts);
  const auto parts = split(redacted, '\n');
  p.summary = parts[0];
  p.ref = parts[1];
  p.branch = parts[2];
}

Result<void> insert_event(Tx& tx, Prepared& p) {
  const auto job = null_if_empty(p.job_id);
  const store::Value payload = p.sealed.empty() ? store::Value(nullptr) : store::Value(store::Blob{p.sealed});
  return tx.run(
      "INSERT INTO events (id, source, delivery_id, kind, action, repository, ref, branch, sha, actor, run_id, "
      "summary, job_id,"
      " received_at, done_at, size_bytes, demo, payload) VALUES "
      "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)"
      " ON CONFLICT (delivery_id, source) DO NOTHING",
      {std::string_view(p.event_id), std::string_view(p.delivery.source), std::string_view(p.delivery.id),
       std::string_view(p.event.kind), null_if_empty(p.event.action), null_if_empty(p.event.repository),
       null_if_empty(p.ref), null_if_empty(p.branch), null_if_empty(p.event.sha), null_if_empty(p.actor),
       p.event.run_id == 0 ? store::Value(nullptr) : store::Value(p.event.run_id), std::string_view(p.summary), job,
       p.now, p.job_id.empty() ? p.now : UnixMs{0}, p.size_bytes, std::int64_t{p.delivery.demo}, payload});
}

// The delivery is known: count it, and give a dead event another life.
Result<void> repeat_event(Tx& tx, Prepared& p) {
  std::string job_id;
  TRY_VOID(tx.run(
      "UPDATE events SET redelivered = redelivered + 1 WHERE delivery_id = $1 AND source = $2 RETURNING id, job_id",
      {std::string_view(p.delivery.id), std::string_view(p.delivery.source)}, [&](const Row& row) {
        p.accepted.event_id = row.text(0);
        job_id = row.text(1);
      }));
  p.accepted.repeated = true;
  p.accepted.queued = false;
  if (job_id.empty()) return {};
  std::int64_t state = -1;
  TRY_VOID(tx.run("SELECT state FROM jobs WHERE id = $1", {std::string_view(job_id)},
                  [&](const Row& row) { state = row.integer(0); }));
  if (state != static_cast<std::int64_t>(store::JobState::dead)) return {};
  p.accepted.queued = true;
  return store::requeue(tx, job_id, p.now);
}

Result<void> store_event(Tx& tx, Prepared& p) {
  p.accepted = {p.event_id, false, !p.job_id.empty()};
  TRY_VOID(insert_event(tx, p));
  if (tx.changes() == 0) return repeat_event(tx, p);
  if (p.job_id.empty()) return {};
  store::NewJob job;
  job.id = p.job_id;
  job.kind = kGitHubEventJob;
  job.key = p.event.repository;
  job.event_id = p.event_id;
  job.payload = "{}";
  job.max_attempts = 30;  // a process that is killed again and again must not give an event up
  return store::enqueue(tx, job, p.now);
}

}  // namespace

Ingest::Ingest(store::Db& db, const Clock& clock, const guard::Redactor& redactor, std::string seal_key)
    : db_(db), clock_(clock), redactor_(redactor), seal_key_(std::move(seal_key)) {}

void Ingest::accept(Delivery delivery, Done done) {
  auto event = decode_github_event(delivery.kind, delivery.body);
  if (!event) return done(std::unexpected(std::move(event).error()));
  auto p = std::make_shared<Prepared>();
  p->event = *std::move(event);
  p->size_bytes = static_cast<std::int64_t>(delivery.body.size());
  p->now = clock_.now_ms();
  p->event_id = new_id("evt_", clock_);
  redact_texts(*p, redactor_);
  p->actor = p->event.actor;
  if (relevance_of(p->event) != Relevance::none) {
    p->job_id = new_id("job_", clock_);
    p->sealed = guard::seal(seal_key_, compress(delivery.body, kPayloadLevel), p->event_id);
  }
  delivery.body = std::string();  // not held twice while it waits for the writer
  p->delivery = std::move(delivery);
  const size_t weight = p->sealed.size() + 1024;
  auto finish = std::make_shared<Done>(std::move(done));
  const bool taken = db_.write_async([p](Tx& tx) { return store_event(tx, *p); }, weight,
                                     [p, finish](Result<void> result) {
                                       (*finish)(result ? Result<Accepted>(p->accepted)
                                                        : Result<Accepted>(std::unexpected(std::move(result).error())));
                                     });
  if (!taken) {
    Error busy{Code::unavailable, "more deliveries wait to be stored than allowed", "send it again", nullptr,
               Millis{2000}};
    (*finish)(std::unexpected(std::move(busy)));
  }
}

Result<Accepted> Ingest::accept_and_wait(const Context& context, Delivery delivery) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable_any ready;
    std::optional<Result<Accepted>> result;
  };
  auto waiting = std::make_shared<Waiting>();
  accept(std::move(delivery), [waiting](Result<Accepted> result) {
    const std::lock_guard lock(waiting->mutex);
    waiting->result = std::move(result);
    waiting->ready.notify_all();
  });
  std::unique_lock lock(waiting->mutex);
  waiting->ready.wait_for(lock, context.stop(), context.remaining(), [&] { return waiting->result.has_value(); });
  if (!waiting->result) return fail(Code::timeout, "the store did not confirm the delivery in time");
  return *std::move(waiting->result);
}

Result<std::string> Ingest::load_body(std::string_view event_id) const {
  std::string sealed;
  bool found = false;
  TRY_VOID(db_.read("SELECT payload FROM events WHERE id = $1", {event_id}, [&](const Row& row) {
    found = !row.is_null(0);
    sealed = row.text(0);
  }));
  if (!found) return fail(Code::not_found, "the event keeps no payload any more");
  TRY(const std::string packed, guard::unseal(seal_key_, sealed, event_id));
  return decompress(packed);
}

}  // namespace fm::events
