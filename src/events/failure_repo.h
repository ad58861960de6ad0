// Failures (patterns) and occurrences (one failed job of one run attempt) in the store. All SQL of these tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "events/finding.h"
#include "store/db.h"

namespace fm::events {

// A stored failure, as lists and details show it. JSON columns stay text: they go out as they came in.
struct FailureRow {
  std::string id, repository, workflow, job, fingerprint, step, branch, state, category, cause, rule, fix;
  double confidence = 0;
  std::int64_t occurrence_count = 0;
  UnixMs first_seen = 0, last_seen = 0;
  std::string first_sha, last_sha, latest_occurrence_id;
  bool demo = false;
};

struct OccurrenceRow {
  std::string id, failure_id, repository, workflow, job, branch, sha, url, state, recovered_by;
  std::int64_t run_id = 0, run_number = 0, job_id = 0, passing_run_id = 0, attempt = 1;
  UnixMs started_at = 0, completed_at = 0, analysed_at = 0;
  std::int64_t analyses = 1;  // more than one: analysed again (a refetched log, or a worker that died)
  std::int64_t log_lines = 0;
  std::string log_state, log_reason, step, category, cause, rule, fix, suspects, blocks, key_lines, steps, new_lines;
  double confidence = 0;
  bool demo = false;
};

struct Saved {
  std::string failure_id, occurrence_id;
  bool new_failure = false;  // first occurrence of its pattern
  bool first_time = false;   // this occurrence was not stored before
  std::int64_t occurrence_count = 0;
  UnixMs first_seen = 0;
};

// Inside the caller's transaction: the same job of the same run attempt again replaces the first (and is counted in
// `analyses`), whichever kind of webhook told of it.
Result<Saved> save_finding(store::Tx& tx, const Finding& finding, UnixMs now, std::string_view new_failure_id,
                           std::string_view new_occurrence_id);

// Brings a failure's count, state and latest occurrence in line with the occurrences that are stored.
Result<void> recount_failure(store::Tx& tx, std::string_view failure_id);

// Already analysed with its log? Then a second webhook about it has nothing to add.
struct Known {
  std::string occurrence_id, failure_id, log_state;
};
Result<std::optional<Known>> find_known(store::Db& db, std::string_view repository, std::int64_t run_id,
                                        std::int64_t attempt, std::string_view job);

// A job (or, job empty, every job of the workflow) passed on that branch: open occurrences older than it are recovered.
struct Pass {
  std::string repository, workflow, job, branch, sha;
  std::int64_t run_id = 0, run_number = 0;
  int attempt = 1;
  UnixMs completed_at = 0;
};
struct Recovered {
  std::string occurrence_id, failure_id;
  std::int64_t run_id = 0;
};
Result<std::vector<Recovered>> mark_recovered(store::Tx& tx, const Pass& pass, std::string_view by);

struct FailureFilter {
  std::string repository, workflow, job, category, state, branch, q;
  UnixMs since = 0;
  UnixMs before_seen = 0;  // cursor: (last_seen, id) of the last row shown
  std::string before_id;
  std::size_t limit = 50;
};
Result<std::vector<FailureRow>> list_failures(store::Db& db, const FailureFilter& filter);
Result<std::optional<FailureRow>> load_failure(store::Db& db, std::string_view id);
Result<std::vector<OccurrenceRow>> list_occurrences(store::Db& db, std::string_view failure_id, UnixMs before,
                                                    std::string_view before_id, std::size_t limit);
// The failed jobs of a run, first attempt and first stored first.
Result<std::vector<OccurrenceRow>> list_run(store::Tx& tx, std::string_view repository, std::int64_t run_id);
Result<std::optional<OccurrenceRow>> load_occurrence(store::Db& db, std::string_view id);

// Occurrences a day, oldest first, the last entry today.
Result<std::vector<int>> load_sparkline(store::Db& db, std::string_view failure_id, UnixMs now, int days);
// Share of occurrences with a known end that passed again on the same commit; nothing when none has an end.
Result<std::optional<double>> load_flake_rate(store::Db& db, std::string_view failure_id);

struct FailureCounts {
  std::int64_t open = 0, all = 0, occurrences = 0;
};
Result<FailureCounts> count_failures(store::Db& db);

}  // namespace fm::events
