#include <algorithm>

#include "store/worker_impl.h"
#include "telemetry/log.h"

namespace fm::store {
namespace {

constexpr size_t kReclaimBatch = 1'000;

}  // namespace

// When a job becomes due or a lease of anybody runs out; nothing when there is neither.
std::optional<UnixMs> Worker::Impl::next_due() {
  std::optional<UnixMs> due;
  const auto read = db.read(
      "SELECT min(at) FROM (SELECT min(run_at) AS at FROM jobs WHERE state = 0 AND head = 1"
      " UNION ALL SELECT min(lease_until) AS at FROM jobs WHERE state = 1) times",
      {}, [&](const Row& row) {
        if (!row.is_null(0)) due = row.integer(0);
      });
  if (!read) telemetry::warn("could not look for due jobs", {{"error", read.error().full()}});
  return due;
}

// Says whether there may be more.
bool Worker::Impl::claim_batch() {
  std::vector<Job> lost;
  std::vector<Job> jobs;
  const UnixMs now = clock.now_ms();
  const auto claimed = db.write(context(kWorkerWriteTimeout), [&](Tx& tx) -> Result<void> {
    TRY(lost, reclaim(tx, kReclaimBatch, false, now));
    TRY(jobs, claim(tx, id, options.batch, options.lease, now));
    return {};
  });
  if (!claimed) {
    telemetry::warn("could not claim jobs", {{"error", claimed.error().full()}});
    return false;
  }
  for (const Job& job : lost) {
    telemetry::warn("the lease of a job ran out",
                    {{"job", job.id}, {"kind", job.kind}, {"state", std::string(to_string(job.state))}});
    changed(job, job.state);
  }
  for (const Job& job : jobs) changed(job, JobState::running);
  {
    const std::lock_guard lock(mutex);
    for (Job& job : jobs) {
      ready.push_back(++last_claim);
      held.emplace(last_claim, Held{std::move(job), std::stop_source{}});
    }
  }
  available.notify_all();
  return jobs.size() == options.batch;
}

// False when the store did not take it.
bool Worker::Impl::renew_leases() {
  std::vector<std::pair<std::uint64_t, Job>> jobs;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [claim_number, entry] : held) jobs.emplace_back(claim_number, entry.job);
  }
  if (jobs.empty()) return true;
  std::vector<std::uint64_t> lost;
  const auto renewed = db.write(context(kWorkerWriteTimeout), [&](Tx& tx) -> Result<void> {
    lost.clear();
    for (const auto& [claim_number, job] : jobs) {
      const auto extended = extend_lease(tx, job, options.lease, clock.now_ms());
      if (extended) continue;
      if (extended.error().code != Code::conflict) return extended;
      lost.push_back(claim_number);
    }
    return {};
  });
  if (!renewed) {
    telemetry::warn("could not renew the leases of jobs", {{"error", renewed.error().full()}});
    return false;
  }
  const std::lock_guard lock(mutex);
  for (const std::uint64_t claim_number : lost) {
    if (const auto found = held.find(claim_number); found != held.end()) found->second.stop.request_stop();
  }
  return true;
}

void Worker::Impl::dispatch_loop() {
  const Millis renew_every = options.lease / 3;
  Steady renew_at = clock.steady() + renew_every;
  bool more = true;
  for (;;) {
    if (clock.steady() >= renew_at) {
      renew_at = clock.steady() + (renew_leases() ? renew_every : std::min(renew_every, options.poll));
    }
    bool hungry = false;
    {
      const std::lock_guard lock(mutex);
      if (stopping) break;
      woken = false;
      hungry = ready.size() < options.threads;
    }
    Millis wait = options.poll;
    if (hungry) {
      const auto due = more ? std::optional<UnixMs>(clock.now_ms()) : next_due();
      if (due && *due <= clock.now_ms()) {
        more = claim_batch();
        if (more) continue;
      } else if (due) {
        wait = std::clamp(Millis{*due - clock.now_ms()}, Millis{1}, options.poll);
      }
    }
    std::unique_lock lock(mutex);
    dispatch.wait_for(lock, std::min(wait, std::max(renew_every, Millis{1})), [&] { return woken || stopping; });
    more = more || woken;
  }
  // Leases of handlers that still run are kept until those end.
  std::unique_lock lock(mutex);
  while (running > 0) {
    lock.unlock();
    renew_leases();
    lock.lock();
    dispatch.wait_for(lock, std::max(renew_every, Millis{1}), [&] { return running == 0; });
  }
}

Result<void> Worker::Impl::take_back_orphans() {
  for (;;) {
    std::vector<Job> jobs;
    TRY_VOID(db.write(context(kWorkerWriteTimeout), [&](Tx& tx) -> Result<void> {
      TRY(jobs, reclaim(tx, kReclaimBatch, true, clock.now_ms()));
      return {};
    }));
    if (!jobs.empty())
      telemetry::warn("jobs were cut off by the last stop", {{"jobs", static_cast<std::int64_t>(jobs.size())}});
    for (const Job& job : jobs) changed(job, job.state);
    if (jobs.size() < kReclaimBatch) return {};
  }
}

void Worker::Impl::return_unstarted() {
  std::vector<Job> jobs;
  for (const std::uint64_t claim_number : ready) jobs.push_back(held.at(claim_number).job);
  if (jobs.empty()) return;
  const UnixMs now = clock.now_ms();
  const auto written = db.write(context(kWorkerWriteTimeout), [&](Tx& tx) -> Result<void> {
    for (const Job& job : jobs) {
      if (auto back = give_back(tx, job, {}, now); !back && back.error().code != Code::conflict) return back;
    }
    return {};
  });
  if (!written) telemetry::warn("claimed jobs could not be given back", {{"error", written.error().full()}});
}

Worker::Worker(Db& db, const Clock& clock, WorkerOptions options)
    : impl_(std::make_unique<Impl>(db, clock, std::move(options))) {}

Worker::~Worker() { stop(Millis{0}); }

void Worker::handle(std::string kind, JobHandler handler) {
  impl_->handlers.insert_or_assign(std::move(kind), std::move(handler));
}

Result<void> Worker::start(bool reclaim_all) {
  if (reclaim_all) TRY_VOID(impl_->take_back_orphans());
  impl_->threads.emplace_back([impl = impl_.get()] { impl->dispatch_loop(); });
  for (unsigned i = 0; i < impl_->options.threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get()] { impl->run_loop(); });
  }
  return {};
}

void Worker::wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->woken = true;
  }
  impl_->dispatch.notify_one();
}

void Worker::stop(Millis deadline) {
  if (impl_->threads.empty()) return;
  {
    std::unique_lock lock(impl_->mutex);
    impl_->stopping = true;
    impl_->dispatch.notify_all();
    impl_->available.notify_all();
    impl_->idle.wait_for(lock, deadline / 2, [&] { return impl_->running == 0; });
    impl_->cutting_off = true;
    for (auto& [claim_number, entry] : impl_->held) entry.stop.request_stop();
    impl_->available.notify_all();
    if (!impl_->idle.wait_for(lock, deadline - deadline / 2, [&] { return impl_->running == 0; })) {
      telemetry::warn("jobs run beyond the time for stopping", {{"jobs", static_cast<std::int64_t>(impl_->running)}});
    }
    impl_->dispatch.notify_all();
  }
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  impl_->return_unstarted();
}

}  // namespace fm::store
