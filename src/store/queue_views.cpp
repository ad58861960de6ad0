#include "store/queue_views.h"

#include <fmt/format.h>

#include "store/queue_row.h"

namespace fm::store {
namespace {

#define FM_JOB_FILTER "AND ($3 = '' OR kind = $3) AND ($4 = '' OR event_id = $4)"

// The state stands in the text, not in a parameter: only so can the partial index of open jobs serve.
std::string_view list_sql(std::optional<JobState> state) {
  if (!state) return "SELECT " FM_JOB_COLUMNS " FROM jobs WHERE id < $1 " FM_JOB_FILTER " ORDER BY id DESC LIMIT $2";
  switch (*state) {
    case JobState::queued:
      return "SELECT " FM_JOB_COLUMNS " FROM jobs WHERE state <> 2 AND state = 0 AND id < $1 " FM_JOB_FILTER
             " ORDER BY id DESC LIMIT $2";
    case JobState::running:
      return "SELECT " FM_JOB_COLUMNS " FROM jobs WHERE state <> 2 AND state = 1 AND id < $1 " FM_JOB_FILTER
             " ORDER BY id DESC LIMIT $2";
    case JobState::dead:
      return "SELECT " FM_JOB_COLUMNS " FROM jobs WHERE state <> 2 AND state = 3 AND id < $1 " FM_JOB_FILTER
             " ORDER BY id DESC LIMIT $2";
    case JobState::done:
      break;
  }
  // Most jobs are done: the order of ids is the way to them.
  return "SELECT " FM_JOB_COLUMNS " FROM jobs WHERE state = 2 AND id < $1 " FM_JOB_FILTER " ORDER BY id DESC LIMIT $2";
}

// Behind every id in use.
constexpr std::string_view kLastId = "\x7f";

}  // namespace

Result<Job> load_job(Db& db, std::string_view id) {
  std::optional<Job> job;
  TRY_VOID(
      db.read("SELECT " FM_JOB_COLUMNS " FROM jobs WHERE id = $1", {id}, [&](const Row& row) { job = read_job(row); }));
  if (!job) return fail(Code::not_found, fmt::format("there is no job {}", id));
  return *std::move(job);
}

Result<std::vector<Job>> list_jobs(Db& db, const JobFilter& filter) {
  std::vector<Job> jobs;
  const std::string_view before = filter.before_id.empty() ? kLastId : std::string_view(filter.before_id);
  TRY_VOID(db.read(list_sql(filter.state),
                   {before, static_cast<std::int64_t>(filter.limit), std::string_view(filter.kind),
                    std::string_view(filter.event_id)},
                   [&](const Row& row) { jobs.push_back(read_job(row)); }));
  return jobs;
}

Result<std::array<std::int64_t, 4>> count_jobs(Db& db) {
  std::array<std::int64_t, 4> counts{};
  TRY_VOID(
      db.read("SELECT state, count(*) FROM jobs WHERE state <> 2 GROUP BY state UNION ALL"
              " SELECT 2, count(*) FROM jobs WHERE state = 2",
              {}, [&](const Row& row) { counts.at(static_cast<std::size_t>(row.integer(0))) = row.integer(1); }));
  return counts;
}

Result<std::optional<UnixMs>> oldest_due(Db& db, UnixMs now) {
  std::optional<UnixMs> oldest;
  TRY_VOID(db.read("SELECT run_at FROM jobs WHERE state = 0 AND head = 1 AND run_at <= $1 ORDER BY run_at, seq LIMIT 1",
                   {now}, [&](const Row& row) { oldest = row.integer(0); }));
  return oldest;
}

Result<std::int64_t> delete_ended_jobs(Tx& tx, JobState state, UnixMs ended_before, std::size_t n) {
  if (state != JobState::done && state != JobState::dead) {
    return fail(Code::invalid,
                fmt::format("only done and dead jobs may be deleted, not those that are {}", to_string(state)));
  }
  const std::string_view sql = state == JobState::done ? "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE "
                                                         "state = 2 AND done_at < $1 ORDER BY done_at LIMIT $2)"
                                                       : "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE "
                                                         "state <> 2 AND state = 3 AND done_at < $1 LIMIT $2)";
  TRY_VOID(tx.run(sql, {ended_before, static_cast<std::int64_t>(n)}));
  return tx.changes();
}

}  // namespace fm::store
