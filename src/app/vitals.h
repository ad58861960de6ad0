// How the services that firstmate leans on did the last time it used them: for /health and the checklist.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace fm::app {

struct Vital {
  bool ok = true;
  std::string detail;  // of the last failure, or "answered"
  double latency_ms = 0;
  UnixMs at = 0;
};

// Thread-safe. Keyed by origin ("https://api.github.com").
class Vitals {
 public:
  explicit Vitals(const Clock& clock) : clock_(clock) {}
  void note(const std::string& origin, bool ok, std::string detail, double latency_ms) {
    const std::lock_guard lock(mutex_);
    last_[origin] = {ok, std::move(detail), latency_ms, clock_.now_ms()};
  }
  std::optional<Vital> last(const std::string& origin) const {
    const std::lock_guard lock(mutex_);
    const auto found = last_.find(origin);
    return found == last_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Vital> last_;  // guarded by mutex_
};

}  // namespace fm::app
