#include <fmt/format.h>

#include "base/text.h"
#include "store/worker_impl.h"
#include "telemetry/log.h"

namespace fm::store {
namespace {

constexpr Millis kRetryWrite{1'000};
constexpr size_t kMaxErrorBytes = 2'000;
constexpr std::string_view kStopped = "cut off: firstmate stopped while it ran";

}  // namespace

void Worker::Impl::run_loop() {
  for (;;) {
    std::uint64_t claim_number = 0;
    Job job;
    std::stop_token stop;
    {
      std::unique_lock lock(mutex);
      available.wait(lock, [&] { return stopping || !ready.empty(); });
      if (stopping) return;
      claim_number = ready.front();
      ready.pop_front();
      const Held& entry = held.at(claim_number);
      job = entry.job;
      stop = entry.stop.get_token();
      ++running;
      if (ready.size() < options.threads) {
        woken = true;
        dispatch.notify_one();
      }
    }
    run_job(std::move(job), stop);
    const std::lock_guard lock(mutex);
    held.erase(claim_number);
    --running;
    woken = true;  // the next one of its key may be due now
    dispatch.notify_one();
    idle.notify_all();
  }
}

Outcome Worker::Impl::call_handler(const Job& job, const std::stop_token& stop) const {
  const auto handler = handlers.find(job.kind);
  Outcome failed;
  failed.ok = false;
  if (handler == handlers.end()) {
    failed.error = fmt::format("nothing handles jobs of kind {}", job.kind);
    return failed;
  }
  try {
    return handler->second(context(options.handler_timeout, stop), job);
  } catch (const std::exception& error) {
    failed.error = fmt::format("internal: the handler threw: {}", error.what());
  } catch (...) {
    failed.error = "internal: the handler threw";
  }
  return failed;
}

void Worker::Impl::run_job(Job job, const std::stop_token& stop) {
  const Outcome outcome = call_handler(job, stop);
  const JobEnd end = write_end(job, outcome);
  if (!end.written) return;
  job.last_error = end.error.empty() ? job.last_error : end.error;
  changed(job, end.state);
}

Result<JobState> Worker::Impl::write_failure(const Job& job, const Outcome& outcome) {
  const UnixMs now = clock.now_ms();
  bool cut_off = false;
  {
    const std::lock_guard lock(mutex);
    cut_off = cutting_off;
  }
  JobState state = JobState::queued;
  TRY_VOID(db.write(context(kWorkerWriteTimeout), [&](Tx& tx) -> Result<void> {
    if (cut_off && outcome.retry) return give_back(tx, job, kStopped, now);
    const Millis wait = backoff(job.attempts, outcome.retry_after, fast_random());
    TRY(state, fail_job(tx, job, truncate_utf8(outcome.error, kMaxErrorBytes), outcome.retry, now + wait.count(), now));
    return {};
  }));
  return state;
}

// The handler's work and the job's end in one transaction. Work that cannot be committed makes the run a failed one.
Result<JobState> Worker::Impl::write_once(const Job& job, const Outcome& outcome) {
  if (!outcome.ok) return write_failure(job, outcome);
  bool lost = false;
  const auto written = db.write(context(kWorkerWriteTimeout), [&](Tx& tx) -> Result<void> {
    const auto finished = finish(tx, job, clock.now_ms());  // first: without the lease nothing may happen
    lost = !finished && finished.error().code == Code::conflict;
    if (!finished || !outcome.commit) return finished;
    return outcome.commit(tx);
  });
  if (written) return JobState::done;
  if (lost || written.error().code == Code::unavailable || written.error().code == Code::timeout) {
    return std::unexpected(written.error());
  }
  Outcome failed;
  failed.ok = false;
  failed.retry = written.error().code != Code::invalid;
  failed.error = "the result could not be saved: " + written.error().full();
  return write_failure(job, failed);
}

// True: try again. False: the program stops now.
bool Worker::Impl::wait_to_write_again() {
  std::unique_lock lock(mutex);
  return !available.wait_for(lock, kRetryWrite, [&] { return cutting_off; });
}

// A store that does not take the end now is asked again: the work was done, and running it once more costs more.
JobEnd Worker::Impl::write_end(const Job& job, const Outcome& outcome) {
  for (bool warned = false;; warned = true) {
    const auto written = write_once(job, outcome);
    if (written) return {true, *written, outcome.ok ? std::string() : outcome.error};
    const Error& error = written.error();
    const bool passing = error.code == Code::unavailable || error.code == Code::timeout;
    if (!warned) {
      telemetry::warn("the end of a job could not be stored",
                      {{"job", job.id}, {"kind", job.kind}, {"error", error.full()}, {"again", passing}});
    }
    if (!passing || !wait_to_write_again()) return {};
  }
}

}  // namespace fm::store
