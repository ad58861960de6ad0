#include "store/queue.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/queue_row.h"

namespace fm::store {
namespace {

constexpr std::string_view kCutOff = "lease expired (the worker stopped while it ran)";
constexpr std::int64_t kBaseMs = 2'000;
constexpr std::int64_t kCapMs = 600'000;

std::unexpected<Error> lease_lost(const Job& job) {
  return fail(Code::conflict, fmt::format("the lease of job {} was lost: it runs elsewhere, or was requeued", job.id));
}

// The oldest unfinished job of the key may run now.
Result<void> promote(Tx& tx, std::string_view key) {
  if (key.empty()) return {};
  return tx.run(
      "UPDATE jobs SET head = 1 WHERE seq = (SELECT min(seq) FROM jobs WHERE order_key = $1 AND state < 2"
      " AND order_key IS NOT NULL) AND head = 0",
      {key});
}

}  // namespace

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::dead:
      return "dead";
  }
  return "dead";
}

Result<void> enqueue(Tx& tx, const NewJob& job, UnixMs now) {
  return tx.run(
      "INSERT INTO jobs (seq, id, kind, order_key, payload, idempotency_key, event_id, head, max_attempts, run_at,"
      " created_at) VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM jobs), $1, $2, $3, $4, $5, $6,"
      " CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE order_key = $3 AND state < 2 AND order_key IS NOT NULL) THEN 0 ELSE "
      "1"
      " END, $7, $8, $9)"
      " ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING",
      {std::string_view(job.id), std::string_view(job.kind), null_if_empty(job.key), std::string_view(job.payload),
       null_if_empty(job.idempotency_key), null_if_empty(job.event_id), std::int64_t{job.max_attempts},
       job.run_at == 0 ? now : job.run_at, now});
}

Result<std::vector<Job>> reclaim(Tx& tx, size_t n, bool all, UnixMs now) {
  std::vector<Job> jobs;
  TRY_VOID(tx.run(
      "UPDATE jobs SET state = CASE WHEN attempts >= max_attempts THEN 3 ELSE 0 END,"
      " done_at = CASE WHEN attempts >= max_attempts THEN $1 ELSE 0 END,"
      " run_at = $1, lease_until = 0, worker = NULL, last_error = $2"
      " WHERE seq IN (SELECT seq FROM jobs WHERE state = 1 AND lease_until <= $3 ORDER BY lease_until, seq LIMIT $4)"
      " RETURNING " FM_JOB_COLUMNS,
      {now, kCutOff, all ? INT64_MAX : now, static_cast<std::int64_t>(n)},
      [&](const Row& row) { jobs.push_back(read_job(row)); }));
  for (const Job& job : jobs) {
    if (job.state == JobState::dead) TRY_VOID(promote(tx, job.key));
  }
  return jobs;
}

Result<std::vector<Job>> claim(Tx& tx, std::string_view worker, size_t n, Millis lease, UnixMs now) {
  if (auto back = reclaim(tx, n, false, now); !back) return std::unexpected(std::move(back).error());
  std::vector<std::pair<std::int64_t, Job>> found;
  TRY_VOID(tx.run(
      "UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, lease_until = $1, worker = $2"
      " WHERE seq IN (SELECT seq FROM jobs WHERE state = 0 AND head = 1 AND run_at <= $3 ORDER BY run_at, seq LIMIT $4)"
      " RETURNING " FM_JOB_COLUMNS ", seq",
      {now + lease.count(), worker, now, static_cast<std::int64_t>(n)},
      [&](const Row& row) { found.emplace_back(row.integer(14), read_job(row)); }));
  std::ranges::sort(found, {}, [](const auto& entry) { return std::pair(entry.second.run_at, entry.first); });
  std::vector<Job> jobs;
  jobs.reserve(found.size());
  for (auto& [seq, job] : found) jobs.push_back(std::move(job));
  return jobs;
}

Result<void> finish(Tx& tx, const Job& job, UnixMs now) {
  TRY_VOID(
      tx.run("UPDATE jobs SET state = 2, done_at = $3, lease_until = 0, worker = NULL WHERE id = $1 AND state = 1 AND "
             "fence = $2",
             {std::string_view(job.id), job.fence, now}));
  if (tx.changes() == 0) return lease_lost(job);
  return promote(tx, job.key);
}

Result<JobState> fail_job(Tx& tx, const Job& job, std::string_view error, bool retry, UnixMs run_at, UnixMs now) {
  const JobState state = retry && job.attempts < job.max_attempts ? JobState::queued : JobState::dead;
  const bool dead = state == JobState::dead;
  TRY_VOID(
      tx.run("UPDATE jobs SET state = $3, run_at = $4, done_at = $5, last_error = $6, lease_until = 0, worker = NULL"
             " WHERE id = $1 AND state = 1 AND fence = $2",
             {std::string_view(job.id), job.fence, static_cast<std::int64_t>(state), dead ? job.run_at : run_at,
              dead ? now : std::int64_t{0}, error}));
  if (tx.changes() == 0) return lease_lost(job);
  if (dead) TRY_VOID(promote(tx, job.key));
  return state;
}

Result<void> give_back(Tx& tx, const Job& job, std::string_view note, UnixMs now) {
  TRY_VOID(
      tx.run("UPDATE jobs SET state = 0, attempts = attempts - 1, run_at = $3, lease_until = 0, worker = NULL,"
             " last_error = CASE WHEN $4 = '' THEN last_error ELSE $4 END WHERE id = $1 AND state = 1 AND fence = $2",
             {std::string_view(job.id), job.fence, std::min(job.run_at, now), note}));
  if (tx.changes() == 0) return lease_lost(job);
  return {};
}

Result<void> extend_lease(Tx& tx, const Job& job, Millis lease, UnixMs now) {
  TRY_VOID(tx.run("UPDATE jobs SET lease_until = $3 WHERE id = $1 AND state = 1 AND fence = $2",
                  {std::string_view(job.id), job.fence, now + lease.count()}));
  if (tx.changes() == 0) return lease_lost(job);
  return {};
}

// A dead job's place in the order is gone, others of its key went on: it queues up at the end.
Result<void> requeue(Tx& tx, std::string_view job_id, UnixMs now) {
  std::optional<JobState> state;
  TRY_VOID(tx.run("SELECT state FROM jobs WHERE id = $1", {job_id},
                  [&](const Row& row) { state = static_cast<JobState>(row.integer(0)); }));
  if (!state) return fail(Code::not_found, fmt::format("there is no job {}", job_id));
  if (*state == JobState::queued) {
    return tx.run("UPDATE jobs SET run_at = $2, attempts = 0 WHERE id = $1", {job_id, now});
  }
  if (*state != JobState::dead) {
    return fail(Code::conflict, fmt::format("job {} is {}", job_id, to_string(*state)),
                "only jobs that are dead or wait for a retry can be queued again");
  }
  return tx.run(
      "UPDATE jobs SET state = 0, attempts = 0, run_at = $2, done_at = 0,"
      " seq = (SELECT max(seq) + 1 FROM jobs),"
      " head = CASE WHEN EXISTS (SELECT 1 FROM jobs other WHERE other.order_key = jobs.order_key AND other.state < 2"
      " AND other.order_key IS NOT NULL) THEN 0 ELSE 1 END"
      " WHERE id = $1",
      {job_id, now});
}

Millis backoff(int attempt, std::optional<Millis> retry_after, std::uint64_t random) {
  const int doublings = std::clamp(attempt, 0, 16);
  const std::int64_t top = std::min(kCapMs, kBaseMs << doublings);
  const std::int64_t bottom = kBaseMs / 2;
  const auto spread = static_cast<std::uint64_t>(top - bottom + 1);
  const Millis wait{bottom + static_cast<std::int64_t>(random % spread)};
  return std::max(wait, retry_after.value_or(Millis{0}));
}

}  // namespace fm::store
