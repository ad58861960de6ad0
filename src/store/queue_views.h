// What people see of the queue, and its cleaning.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/db.h"
#include "store/queue.h"

namespace fm::store {

// Errors: not_found.
Result<Job> load_job(Db& db, std::string_view id);

struct JobFilter {
  std::optional<JobState> state;
  std::string kind, event_id;  // empty: any
  std::string before_id;       // cursor: the last id of the page before; empty: from the newest
  std::size_t limit = 50;
};
// Newest first. The next page begins behind the last id.
Result<std::vector<Job>> list_jobs(Db& db, const JobFilter& filter);

// How many jobs are in each state; the index is the state's number. About 2 ms with 100,000 jobs: for scrapes.
Result<std::array<std::int64_t, 4>> count_jobs(Db& db);

// When the oldest due job should have begun; nothing when none waits. now - this is how far the workers are behind.
Result<std::optional<UnixMs>> oldest_due(Db& db, UnixMs now);

// Removes up to n jobs in that state (done or dead) that ended before then; says how many. Called again until 0.
Result<std::int64_t> delete_ended_jobs(Tx& tx, JobState state, UnixMs ended_before, std::size_t n);

}  // namespace fm::store
