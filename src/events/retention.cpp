// Called by: app/housekeeping, once an hour and when the disk is nearly full.
#include "events/retention.h"

#include <functional>
#include <string>
#include <vector>

#include "events/failure_repo.h"
#include "notify/outbox.h"
#include "store/queue.h"
#include "store/queue_views.h"

namespace fm::events {
namespace {

using store::Row;
using store::Tx;

constexpr std::int64_t kBatch = 500;

// Runs the step in transactions of its own until it has nothing left to do.
Result<std::int64_t> repeat(const Context& context, store::Db& db,
                            const std::function<Result<std::int64_t>(Tx&)>& step) {
  std::int64_t total = 0;
  for (;;) {
    TRY_VOID(context.check());
    std::int64_t changed = 0;
    TRY_VOID(db.write(
        context,
        [&](Tx& tx) -> Result<void> {
          TRY(changed, step(tx));
          return {};
        },
        store::Durability::relaxed));
    total += changed;
    if (changed < kBatch) return total;
  }
}

Result<std::int64_t> delete_where(Tx& tx, std::string_view sql, UnixMs before) {
  TRY_VOID(tx.run(sql, {before, kBatch}));
  return tx.changes();
}

// The age below which `bytes` of the newest rows fit; 0 when everything fits.
Result<std::string> cut_by_bytes(store::Db& db, std::string_view sql_newest_first, std::int64_t limit) {
  std::int64_t sum = 0;
  std::string cut;
  TRY_VOID(db.read(sql_newest_first, {}, [&](const Row& row) {
    sum += row.integer(1);
    if (sum > limit && cut.empty()) cut = row.text(0);
  }));
  return cut;
}

Result<std::int64_t> drop_logs(const Context& context, store::Db& db, std::string_view chosen, store::Value bound) {
  return repeat(context, db, [&](Tx& tx) -> Result<std::int64_t> {
    std::vector<std::string> ids;
    TRY_VOID(tx.run(chosen, {bound, kBatch}, [&](const Row& row) { ids.emplace_back(row.text(0)); }));
    for (const std::string& id : ids) {
      TRY_VOID(tx.run("DELETE FROM log_chunks WHERE occurrence_id = $1", {std::string_view(id)}));
      TRY_VOID(
          tx.run("UPDATE occurrences SET log_state = 'expired', log_reason = 'removed by retention (retention.logs, "
                 "retention.logs_size)' WHERE id = $1",
                 {std::string_view(id)}));
    }
    return static_cast<std::int64_t>(ids.size());
  });
}

// Old occurrences with their logs; the failures that they belonged to count what is left.
Result<void> drop_occurrences(const Context& context, store::Db& db, UnixMs before) {
  const auto dropped = repeat(context, db, [&](Tx& tx) -> Result<std::int64_t> {
    std::vector<std::pair<std::string, std::string>> old;  // occurrence, failure
    TRY_VOID(tx.run("SELECT id, failure_id FROM occurrences WHERE completed_at < $1 LIMIT $2", {before, kBatch},
                    [&](const Row& row) { old.emplace_back(row.text(0), row.text(1)); }));
    for (const auto& [occurrence, failure] : old) {
      TRY_VOID(tx.run("DELETE FROM log_chunks WHERE occurrence_id = $1", {std::string_view(occurrence)}));
      TRY_VOID(tx.run("DELETE FROM occurrences WHERE id = $1", {std::string_view(occurrence)}));
      TRY_VOID(recount_failure(tx, failure));
    }
    return static_cast<std::int64_t>(old.size());
  });
  return dropped ? Result<void>() : Result<void>(std::unexpected(dropped.error()));
}

}  // namespace

Result<Trimmed> trim_store(const Context& context, store::Db& db, const Clock& clock, const RetentionOptions& options) {
  Trimmed trimmed;
  const UnixMs now = clock.now_ms();
  const UnixMs events_before = now - options.events.count();
  TRY(trimmed.logs,
      drop_logs(
          context, db,
          "SELECT id FROM occurrences WHERE log_state = 'stored' AND analysed_at < $1 ORDER BY analysed_at LIMIT $2",
          now - options.logs.count()));
  TRY(const std::string oldest_kept,
      cut_by_bytes(
          db,
          "SELECT occurrence_id, SUM(size_bytes) FROM log_chunks GROUP BY occurrence_id ORDER BY occurrence_id DESC",
          options.logs_bytes));
  if (!oldest_kept.empty()) {
    TRY(const std::int64_t more,
        drop_logs(context, db,
                  "SELECT id FROM occurrences WHERE log_state = 'stored' AND id <= $1 ORDER BY id LIMIT $2",
                  std::string_view(oldest_kept)));
    trimmed.logs += more;
  }
  // Finished events by age, dead ones too; whoever still waits stays.
  constexpr std::string_view kOldEvents =
      "DELETE FROM events WHERE id IN (SELECT e.id FROM events e LEFT JOIN jobs j ON j.id = e.job_id WHERE "
      "e.received_at < $1"
      " AND (j.state IS NULL OR j.state >= 2) LIMIT $2)";
  TRY(trimmed.events, repeat(context, db, [&](Tx& tx) { return delete_where(tx, kOldEvents, events_before); }));
  for (const auto state : {store::JobState::done, store::JobState::dead}) {
    TRY(const std::int64_t jobs, repeat(context, db, [&](Tx& tx) {
          return store::delete_ended_jobs(tx, state, events_before, static_cast<std::size_t>(kBatch));
        }));
    trimmed.jobs += jobs;
  }
  TRY(const std::string big_cut,
      cut_by_bytes(db, "SELECT id, size_bytes FROM events ORDER BY id DESC", options.events_bytes));
  if (!big_cut.empty()) {
    TRY(const std::int64_t more, repeat(context, db, [&](Tx& tx) -> Result<std::int64_t> {
          TRY_VOID(
              tx.run("DELETE FROM events WHERE id IN (SELECT e.id FROM events e LEFT JOIN jobs j ON j.id = e.job_id "
                     "WHERE e.id <= $1"
                     " AND (j.state IS NULL OR j.state = 2) LIMIT $2)",
                     {std::string_view(big_cut), kBatch}));
          return tx.changes();
        }));
    trimmed.events += more;
  }
  TRY_VOID(drop_occurrences(context, db, now - options.failures.count()));
  TRY(trimmed.failures, repeat(context, db, [&](Tx& tx) {
        return delete_where(tx,
                            "DELETE FROM failures WHERE id IN (SELECT id FROM failures WHERE last_seen < $1 AND "
                            "occurrence_count = 0 LIMIT $2)",
                            now - options.failures.count());
      }));
  TRY(trimmed.notices, repeat(context, db, [&](Tx& tx) {
        return notify::trim_notices(tx, events_before, static_cast<std::size_t>(kBatch));
      }));
  return trimmed;
}

}  // namespace fm::events
