// Sends what waits in the outbox: one message a second and channel, edits coalesced, bursts as one digest, retried
// with backoff until it works. Its own threads; asleep until the next due time or wake().
//
// Called by: app (start, stop), whoever commits a notice (wake). Hands to: a Notifier.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/context.h"
#include "notify/notifier.h"
#include "notify/outbox.h"
#include "store/db.h"
#include "telemetry/metrics.h"

namespace fm::notify {

struct DispatcherOptions {
  unsigned threads = 2;            // one slow channel does not hold up the others
  Millis channel_interval{1'000};  // between two calls for one channel
  std::size_t burst = 5;           // more new root messages than this waiting in one channel become one digest
  std::size_t digest_max = 40;     // failures in one digest
  Millis call_timeout{15'000};
  Millis give_up{3 * 24 * 3'600'000};  // after this long a message is failed, with its last error
  Millis lease{120'000};               // a "sending" older than this belongs to nobody
  // After each commit that changed a message: for live updates. On the dispatcher's thread; may be empty.
  std::function<void(const std::string& run, const std::string& state)> on_change;
};

// Thread-safe. db, notifier, clock and metrics outlive it. Metrics: firstmate_notices_total{result},
// firstmate_notice_seconds (put to sent), firstmate_outbox_waiting.
class Dispatcher {
 public:
  Dispatcher(store::Db& db, Notifier& notifier, const Clock& clock, telemetry::Registry& metrics,
             DispatcherOptions options);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // reclaim_all: this process alone uses the store, so every "sending" of before is an orphan.
  Result<void> start(bool reclaim_all);
  void wake();
  // No new calls; the one under way gets the stop token after half of the deadline. What waits stays in the outbox.
  void stop(Millis deadline);

  // Sends what is due now, on the calling thread, instead of start(): for tests and `replay`. Returns when nothing
  // more is due, with the wall time at which something will be (0: never).
  Result<UnixMs> run_due(const Context& context);
  // As start() does first: settles what a crash left in "sending".
  Result<void> settle_orphans(const Context& context, bool reclaim_all);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fm::notify
