#include "app/housekeeping.h"

#include <algorithm>

#include "base/ids.h"
#include "telemetry/log.h"

namespace fm::app {
namespace {

constexpr Millis kChoreTimeout{300'000};

}  // namespace

Housekeeping::Housekeeping(const Clock& clock, std::vector<Chore> chores) : clock_(clock), chores_(std::move(chores)) {}

Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::start() {
  if (chores_.empty()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Housekeeping::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Housekeeping::run(const std::stop_token& stop) {
  std::vector<Steady> due;
  for (const Chore& chore : chores_) due.push_back(clock_.steady() + chore.first);
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    const auto next = std::min_element(due.begin(), due.end());
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, *next, [] { return false; });
    lock.unlock();
    if (stop.stop_requested() || clock_.steady() < *next) continue;
    const Chore& chore = chores_[static_cast<std::size_t>(next - due.begin())];
    const Context context(clock_, clock_.steady() + kChoreTimeout, stop, random_hex(16));
    if (const auto done = chore.job(context); !done && done.error().code != Code::cancelled) {
      telemetry::warn("a regular task failed; it will be tried again",
                      {{"task", chore.name}, {"error", done.error().full()}, {"remedy", done.error().remedy}});
    }
    *next = clock_.steady() + chore.every;
  }
}

}  // namespace fm::app
