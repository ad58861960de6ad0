// The inside of Worker, shared by worker.cpp (the dispatcher) and worker_run.cpp (the handler threads).
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/ids.h"
#include "store/queue.h"

namespace fm::store {

inline constexpr Millis kWorkerWriteTimeout{30'000};

// What a job's end came to.
struct JobEnd {
  bool written = false;
  JobState state = JobState::done;
  std::string error;
};

struct Worker::Impl {
  Impl(Db& database, const Clock& time, WorkerOptions o)
      : db(database), clock(time), options(std::move(o)), id("wrk_" + random_hex(8)) {}

  struct Held {
    Job job;
    std::stop_source stop;
  };

  Db& db;
  const Clock& clock;
  const WorkerOptions options;
  const std::string id;
  std::map<std::string, JobHandler, std::less<>> handlers;

  std::mutex mutex;                   // guards what follows
  std::condition_variable dispatch;   // wakes the dispatcher
  std::condition_variable available;  // wakes handler threads, and those that wait to write again
  std::condition_variable idle;       // wakes stop()
  bool woken = false;
  bool stopping = false;
  bool cutting_off = false;  // the second half of stop(): running handlers end now
  std::uint64_t last_claim = 0;
  std::deque<std::uint64_t> ready;               // claims that no thread runs yet
  std::unordered_map<std::uint64_t, Held> held;  // all claims; a job that lost its lease may be here twice
  size_t running = 0;

  std::vector<std::thread> threads;

  Context context(Millis at_most, std::stop_token stop = {}) const {
    return Context(clock, clock.steady() + at_most, std::move(stop), random_hex(16));
  }
  void changed(const Job& job, JobState state) const {
    if (options.on_change) options.on_change(job, state);
  }

  // worker.cpp: the dispatcher.
  void dispatch_loop();
  std::optional<UnixMs> next_due();
  bool claim_batch();
  bool renew_leases();
  Result<void> take_back_orphans();

  // worker_run.cpp: the handler threads.
  void run_loop();
  void run_job(Job job, const std::stop_token& stop);
  Outcome call_handler(const Job& job, const std::stop_token& stop) const;
  JobEnd write_end(const Job& job, const Outcome& outcome);
  Result<JobState> write_once(const Job& job, const Outcome& outcome);
  Result<JobState> write_failure(const Job& job, const Outcome& outcome);
  bool wait_to_write_again();
  void return_unstarted();
};

}  // namespace fm::store
