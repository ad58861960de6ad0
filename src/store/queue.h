// The durable job queue in the store: at-least-once, leases, backoff with jitter, dead letters, order per key.
//
// A job is enqueued inside the transaction that makes it necessary. Workers claim batches; a claim is a lease that a
// crashed process loses by time. Jobs of one key ("acme/web") run one at a time, in order of enqueueing; a job that
// waits for its retry holds the ones behind it back; a dead job does not.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/context.h"
#include "store/db.h"

namespace fm::store {

struct NewJob {
  std::string id;               // job_…
  std::string kind;             // "analyse_ci"
  std::string key;              // order key; empty: no order
  std::string payload;          // JSON
  std::string idempotency_key;  // empty: none; a second job with the same key is not added while one exists
  std::string event_id;         // for people who look; may be empty
  UnixMs run_at = 0;            // 0: now
  int max_attempts = 12;
};

enum class JobState { queued = 0, running = 1, done = 2, dead = 3 };
std::string_view to_string(JobState state);

struct Job {
  std::string id, kind, key, payload, event_id, last_error;
  JobState state = JobState::queued;
  int attempts = 0;  // including the present one
  int max_attempts = 0;
  UnixMs run_at = 0, lease_until = 0, created_at = 0, done_at = 0;
  std::int64_t fence = 0;  // grows with each claim; a worker that lost its lease cannot finish the job
};

// Schema of the queue (numbers 100 to 199), for the one call of migrate() with the steps of all modules.
std::span<const Migration> queue_migrations();

// All run inside the caller's transaction.
Result<void> enqueue(Tx& tx, const NewJob& job, UnixMs now);
// Up to n due jobs, oldest first, leased until now + lease. Also takes over jobs whose lease ran out.
Result<std::vector<Job>> claim(Tx& tx, std::string_view worker, size_t n, Millis lease, UnixMs now);
// Jobs whose lease ran out (with all: every leased job) go back to the queue, or die when their attempts are used up;
// last_error says that they were cut off. Up to n; returns them as they are now. claim() does this, too.
Result<std::vector<Job>> reclaim(Tx& tx, size_t n, bool all, UnixMs now);
// The job was claimed and not run (to its end): due at once, the attempt does not count. note: empty, or a mark for
// last_error that it had begun. Errors: conflict, as finish().
Result<void> give_back(Tx& tx, const Job& job, std::string_view note, UnixMs now);
// Errors: conflict when the lease was lost (someone else runs it now): undo what you did in this transaction.
Result<void> finish(Tx& tx, const Job& job, UnixMs now);
// Another attempt at run_at, or dead when attempts are used up or retry is false. Says which.
Result<JobState> fail_job(Tx& tx, const Job& job, std::string_view error, bool retry, UnixMs run_at, UnixMs now);
Result<void> extend_lease(Tx& tx, const Job& job, Millis lease, UnixMs now);
// Dead (or queued with backoff) → queued now, attempts counted anew. Errors: not_found, conflict (running, done).
Result<void> requeue(Tx& tx, std::string_view job_id, UnixMs now);

// Full jitter: uniform in [base/2, min(cap, base·2^attempt)], base 2 s, cap 10 min; never below retry_after.
Millis backoff(int attempt, std::optional<Millis> retry_after, std::uint64_t random);

// What a handler tells of one run of a job.
struct Outcome {
  bool ok = true;
  bool retry = true;  // when not ok
  std::string error;
  std::optional<Millis> retry_after;
  // Work to be committed together with the job's end; may be empty.
  WriteFn commit;
};
using JobHandler = std::function<Outcome(const Context&, const Job&)>;

struct WorkerOptions {
  unsigned threads = 4;
  Millis lease{120'000};  // renewed while a handler runs
  Millis handler_timeout{600'000};
  Millis poll{1'000};  // looks for due jobs at least this often; wake() makes it at once
  size_t batch = 16;
  std::function<void(const Job&, JobState)> on_change;  // after each commit, for live updates and metrics; may be empty
};

// Runs jobs on its threads until stopped. A process of its own id takes back its orphaned leases at the start only
// when it holds the data directory's lock (single node), told by reclaim_all.
class Worker {
 public:
  Worker(Db& db, const Clock& clock, WorkerOptions options);
  ~Worker();
  // Before start().
  void handle(std::string kind, JobHandler handler);
  Result<void> start(bool reclaim_all);
  void wake();
  // No new claims; running handlers get the stop token after half of the deadline; joins. Unfinished jobs go back.
  void stop(Millis deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fm::store
