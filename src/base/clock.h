// Time, passed in so that tests and the simulator can own it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fm {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
// Wall time, UTC, milliseconds since 1970. Stored and shown, never used for deadlines.
using UnixMs = std::int64_t;
// Monotonic time for deadlines and leases inside one process.
using Steady = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now_ms() const = 0;
  virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMs now_ms() const override;
  Steady steady() const override { return std::chrono::steady_clock::now(); }
};

// A clock that stands still until told. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(UnixMs start = 1'764'000'000'000) : now_(start) {}
  UnixMs now_ms() const override { return now_.load(); }
  Steady steady() const override { return Steady{} + Millis{now_.load()}; }
  void advance(Millis by) { now_ += by.count(); }

 private:
  std::atomic<UnixMs> now_;
};

// "2026-11-21T14:50:42.123Z" (RFC 3339, UTC, milliseconds).
std::string to_rfc3339(UnixMs time);
// Accepts RFC 3339 with any fraction and zone offset. Error: Code::invalid.
Result<UnixMs> parse_rfc3339(std::string_view text);

}  // namespace fm
