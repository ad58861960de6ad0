#include "events/event_repo.h"

#include <fmt/format.h>

#include "notify/outbox.h"
#include "store/queue.h"

namespace fm::events {
namespace {

using store::Row;
using Text = std::string_view;

constexpr Text kSelect =
    "SELECT e.id, e.source, e.delivery_id, e.kind, e.action, e.repository, e.ref, e.branch, e.sha, e.actor, e.summary, "
    "e.job_id, e.failure_id,"
    " e.run_id, e.size_bytes, e.redelivered, e.received_at, e.done_at, e.demo, j.state, j.attempts, j.last_error, "
    "j.done_at"
    " FROM events e LEFT JOIN jobs j ON j.id = e.job_id";

EventRow event_from(const Row& row) {
  EventRow e;
  std::string* texts[] = {&e.id,     &e.source, &e.delivery_id, &e.kind,    &e.action, &e.repository, &e.ref,
                          &e.branch, &e.sha,    &e.actor,       &e.summary, &e.job_id, &e.failure_id};
  int column = 0;
  for (std::string* text : texts) *text = row.text(column++);
  e.run_id = row.integer(13);
  e.size_bytes = row.integer(14);
  e.redelivered = row.integer(15);
  e.received_at = row.integer(16);
  e.done_at = row.integer(17);
  e.demo = row.integer(18) != 0;
  if (!row.is_null(19)) {
    e.state = store::to_string(static_cast<store::JobState>(row.integer(19)));
    e.attempts = static_cast<int>(row.integer(20));
    e.error = row.text(21);
  }
  return e;
}

std::optional<std::int64_t> state_number(Text state) {
  for (const auto candidate :
       {store::JobState::queued, store::JobState::running, store::JobState::done, store::JobState::dead}) {
    if (state == store::to_string(candidate)) return static_cast<std::int64_t>(candidate);
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<EventRow>> list_events(store::Db& db, const EventFilter& filter) {
  std::vector<EventRow> rows;
  const std::int64_t state = state_number(filter.state).value_or(-1);
  const std::string like = filter.q.empty() ? "" : store::like_contains(filter.q);
  // Events without a job are done. The states that matter at 3 a.m. (queued, running, dead) are few: their jobs lead.
  const bool from_jobs = state >= 0 && state != static_cast<std::int64_t>(store::JobState::done);
  const Text by_state = state < 0   ? "$1 = $1"
                        : from_jobs ? "e.job_id IN (SELECT id FROM jobs WHERE state = $1)"
                                    : "(j.state IS NULL OR j.state = $1)";
  const std::string sql = fmt::format(
      "{} WHERE {} AND ($2 = '' OR e.kind = $2) AND ($3 = '' OR e.repository = $3)"
      " AND ($4 = '' OR e.summary LIKE $4 ESCAPE '!' OR e.delivery_id LIKE $4 ESCAPE '!' OR e.repository LIKE $4 "
      "ESCAPE '!' OR e.sha LIKE $4 ESCAPE '!') AND ($5 = "
      "'' OR e.id < $5)"
      " ORDER BY e.id DESC LIMIT $6",
      kSelect, by_state);
  TRY_VOID(db.read(sql,
                   {state, Text(filter.kind), Text(filter.repository), Text(like), Text(filter.before_id),
                    static_cast<std::int64_t>(filter.limit)},
                   [&](const Row& row) { rows.push_back(event_from(row)); }));
  return rows;
}

Result<std::optional<EventRow>> load_event(store::Db& db, Text id) {
  std::optional<EventRow> found;
  TRY_VOID(db.read(fmt::format("{} WHERE e.id = $1", kSelect), {id}, [&](const Row& row) { found = event_from(row); }));
  return found;
}

Result<void> remove_demo(const Context& context, store::Db& db) {
  return db.write(context, [](store::Tx& tx) -> Result<void> {
    std::vector<std::string> runs;
    TRY_VOID(tx.run("SELECT DISTINCT repository, run_id FROM occurrences WHERE demo = 1", {},
                    [&](const Row& row) { runs.push_back(fmt::format("{}/{}", row.text(0), row.integer(1))); }));
    for (const std::string& run : runs) TRY_VOID(notify::forget_run(tx, run));
    for (const Text sql : {"DELETE FROM log_chunks WHERE occurrence_id IN (SELECT id FROM occurrences WHERE demo = 1)",
                           "DELETE FROM jobs WHERE event_id IN (SELECT id FROM events WHERE demo = 1)",
                           "DELETE FROM occurrences WHERE demo = 1", "DELETE FROM failures WHERE demo = 1",
                           "DELETE FROM events WHERE demo = 1"}) {
      TRY_VOID(tx.run(sql));
    }
    return {};
  });
}

Result<bool> has_demo(store::Db& db) {
  bool any = false;
  TRY_VOID(db.read(
      "SELECT 1 WHERE EXISTS (SELECT 1 FROM events WHERE demo = 1) OR EXISTS (SELECT 1 FROM failures WHERE demo = 1)",
      {}, [&](const Row&) { any = true; }));
  return any;
}

}  // namespace fm::events
