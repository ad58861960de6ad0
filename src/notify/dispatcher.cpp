#include "notify/dispatcher.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/ids.h"
#include "notify/dispatch_repo.h"
#include "store/queue.h"
#include "telemetry/log.h"

namespace fm::notify {
namespace {

constexpr Millis kStoreTimeout{10'000};
constexpr Millis kStorePause{2'000};      // the store does not work: look again after this long
constexpr Millis kLongestSleep{600'000};  // the wall clock may be set meanwhile
constexpr int kBackoffSteps = 5;  // about a minute at most: one call a minute is no burden to a service that is down
constexpr int kReceiptTries = 4;
// Clocks differ: how much earlier than our first attempt a message may seem to have been posted.
constexpr Millis kClockSlack{120'000};

bool may_have_worked(Code code) { return code == Code::timeout || code == Code::cancelled || code == Code::internal; }

}  // namespace

struct Dispatcher::Impl {
  Impl(store::Db& d, Notifier& n, const Clock& c, telemetry::Registry& metrics, DispatcherOptions o)
      : db(d),
        notifier(n),
        clock(c),
        options(std::move(o)),
        sent(metrics.counter("firstmate_notices_total", "Messages by what came of a call", {{"result", "sent"}})),
        edited(metrics.counter("firstmate_notices_total", "Messages by what came of a call", {{"result", "edited"}})),
        retried(metrics.counter("firstmate_notices_total", "Messages by what came of a call", {{"result", "retried"}})),
        failed(metrics.counter("firstmate_notices_total", "Messages by what came of a call", {{"result", "failed"}})),
        repeated(metrics.counter("firstmate_notices_maybe_repeated_total",
                                 "Messages sent again although an earlier attempt may have worked")),
        seconds(metrics.histogram("firstmate_notice_seconds", "From a notice's commit until its message was sent")),
        waiting(metrics.gauge("firstmate_outbox_waiting", "Messages that wait to be sent or edited")) {}

  // Per channel: when the next call may be, how many failed in a row, whether a thread is at it.
  struct Channel {
    Steady next_call{};
    int failures = 0;
    bool busy = false;
  };
  struct Next {
    std::string channel;         // empty: none is due now
    std::optional<Millis> wait;  // until one is; nothing: nothing waits
  };

  Result<Next> next_channel();
  Result<std::optional<Millis>> send_one(const Context& context);
  void send(const Context& context, Channel& state, Claim claim);
  bool settle_uncertain(const Context& context, Channel& state, Claim& claim);
  void done(Channel& state, const Claim& claim, const Receipt& receipt);
  void not_done(Channel& state, const Claim& claim, const Error& error);
  void record(const Claim& claim, std::string_view outcome, const store::WriteFn& write);
  void loop();
  void pause(Channel& state, Millis time);
  Context store_context() const { return Context(clock, clock.steady() + kStoreTimeout); }

  store::Db& db;
  Notifier& notifier;
  const Clock& clock;
  const DispatcherOptions options;
  telemetry::Counter &sent, &edited, &retried, &failed, &repeated;
  telemetry::Histogram& seconds;
  telemetry::Gauge& waiting;

  std::mutex mutex;  // guards the five below
  std::condition_variable changed;
  std::map<std::string, Channel> channels;
  std::uint64_t wakes = 0;
  bool stopping = false;
  unsigned active = 0;  // threads in a call

  std::stop_source stop;
  std::vector<std::thread> threads;
};

// Picks a channel that is due and not busy, and marks it busy.
Result<Dispatcher::Impl::Next> Dispatcher::Impl::next_channel() {
  TRY(const UnixMs lease_end, load_first_lease_end(db));
  if (lease_end != 0 && lease_end <= clock.now_ms()) {
    TRY_VOID(db.write(store_context(), [&](store::Tx& tx) -> Result<void> {
      TRY(const std::int64_t n, requeue_orphans(tx, false, clock.now_ms()));
      if (n > 0) telemetry::warn("messages whose sending never ended are taken up again", {{"messages", n}});
      return {};
    }));
  }
  TRY(const std::vector<DueChannel> due, load_due_channels(db));
  const UnixMs now = clock.now_ms();
  const Steady steady = clock.steady();
  Next next;
  if (lease_end > now) next.wait = Millis{lease_end - now};
  const std::lock_guard lock(mutex);
  std::erase_if(channels, [&](const auto& entry) {
    return !entry.second.busy && entry.second.failures == 0 && entry.second.next_call <= steady;
  });
  for (const DueChannel& one : due) {
    const auto known = channels.find(one.channel);
    if (known != channels.end() && known->second.busy) continue;  // its thread looks again when it is done
    Millis wait{std::max<UnixMs>(one.due_at - now, 0)};
    if (known != channels.end()) wait = std::max(wait, std::chrono::ceil<Millis>(known->second.next_call - steady));
    if (wait <= Millis{0}) {
      channels[one.channel].busy = true;
      next.channel = one.channel;
      return next;
    }
    next.wait = next.wait ? std::min(*next.wait, wait) : wait;
  }
  return next;
}

// Sends one message if one is due: 0. Else how long until one is; nothing when nothing waits.
Result<std::optional<Millis>> Dispatcher::Impl::send_one(const Context& context) {
  TRY(const Next next, next_channel());
  if (next.channel.empty()) {
    if (const auto counts = load_outbox_counts(db)) waiting.set(static_cast<double>(counts->waiting));
    return next.wait;
  }
  std::optional<Claim> claim;
  const auto claimed = db.write(store_context(), [&](store::Tx& tx) -> Result<void> {
    TRY(claim, claim_next(tx, next.channel, {options.burst, options.digest_max, options.lease}, clock));
    return {};
  });
  Channel state;
  {
    const std::lock_guard lock(mutex);
    state = channels[next.channel];
  }
  if (claimed && claim) send(context, state, *std::move(claim));
  {
    const std::lock_guard lock(mutex);
    state.busy = false;
    channels[next.channel] = state;
    ++wakes;  // the others passed this channel over while it was busy
  }
  changed.notify_all();
  if (!claimed) return std::unexpected(claimed.error());
  return std::optional(Millis{0});
}

void Dispatcher::Impl::send(const Context& context, Channel& state, Claim claim) {
  if (claim.uncertain && claim.is_new() && !settle_uncertain(context, state, claim)) return;
  const Context call = context.with_timeout(options.call_timeout);
  const auto receipt =
      claim.is_new() ? notifier.post(call, claim.post) : notifier.edit(call, claim.receipt, claim.post);
  if (receipt)
    done(state, claim, *receipt);
  else
    not_done(state, claim, receipt.error());
}

// Did the attempt whose end nobody saw work after all? False when the claim is settled or has to wait.
bool Dispatcher::Impl::settle_uncertain(const Context& context, Channel& state, Claim& claim) {
  const UnixMs since = (claim.failing_since != 0 ? claim.failing_since : claim.created_at) - kClockSlack.count();
  const auto found = notifier.find(context.with_timeout(options.call_timeout), claim.post, since);
  if (found && *found) {
    // It shows what was to be said at that time; what changed since then becomes an edit.
    done(state, claim, **found);
    return false;
  }
  if (found) return true;
  const Code code = found.error().code;
  if (code == Code::limited || code == Code::cancelled || code == Code::timeout || code == Code::unavailable) {
    not_done(state, claim, found.error());
    return false;
  }
  telemetry::warn(
      "a message may be sent a second time: its first attempt ended without an answer, and it cannot be looked up",
      {{"notice", claim.id},
       {"channel", claim.post.channel},
       {"reason", found.error().full()},
       {"remedy", found.error().remedy}});
  claim.post.maybe_repeated = true;
  repeated.add();
  record(claim, "", [claim, this](store::Tx& tx) { return record_maybe_repeated(tx, claim, clock.now_ms()); });
  return true;
}

void Dispatcher::Impl::done(Channel& state, const Claim& claim, const Receipt& receipt) {
  state.failures = 0;
  pause(state, options.channel_interval);
  const UnixMs now = clock.now_ms();
  if (claim.is_new()) seconds.observe(static_cast<double>(now - claim.created_at) / 1000);
  (claim.is_new() ? sent : edited).add();
  record(claim, "sent", [claim, receipt, now](store::Tx& tx) { return record_sent(tx, claim, receipt, now); });
}

void Dispatcher::Impl::not_done(Channel& state, const Claim& claim, const Error& error) {
  const UnixMs now = clock.now_ms();
  const std::string words = error.remedy.empty() ? error.full() : fmt::format("{} ({})", error.full(), error.remedy);
  pause(state, options.channel_interval);
  if (error.code == Code::conflict) {
    telemetry::warn("a message cannot be changed any more",
                    {{"notice", claim.id}, {"channel", claim.post.channel}, {"error", words}});
    if (claim.is_new())
      record(claim, "queued", [=](store::Tx& tx) { return record_detached(tx, claim, words, now); });
    else
      record(claim, "sent", [=](store::Tx& tx) { return record_frozen(tx, claim, words, now); });
    return;
  }
  const bool given_up = claim.failing_since != 0 && now - claim.failing_since >= options.give_up.count();
  if (error.code == Code::invalid || given_up) {
    failed.add();
    telemetry::error("a message is given up",
                     {{"notice", claim.id}, {"channel", claim.post.channel}, {"error", words}});
    record(claim, "failed", [=](store::Tx& tx) { return record_failed(tx, claim, words, now); });
    return;
  }
  retried.add();
  const bool stopped = error.code == Code::cancelled;
  Millis wait{0};
  if (!stopped) {
    wait = store::backoff(std::min(state.failures++, kBackoffSteps), error.retry_after, fast_random());
    pause(state, std::max(wait, options.channel_interval));
    if (claim.attempts == 0)
      telemetry::warn("a message could not be sent yet",
                      {{"notice", claim.id}, {"channel", claim.post.channel}, {"error", words}});
  }
  const Failure failure{words, now + wait.count(), may_have_worked(error.code), !stopped};
  record(claim, "queued", [=](store::Tx& tx) { return record_retry(tx, claim, failure, now); });
}

// The receipt matters: without it the message is sent twice. While the store refuses, it is tried again; after that the
// lease ends and the message is looked up.
void Dispatcher::Impl::record(const Claim& claim, std::string_view outcome, const store::WriteFn& write) {
  for (int n = 0; n < kReceiptTries; ++n) {
    const auto written = db.write(store_context(), write);
    if (written) {
      if (options.on_change && !outcome.empty()) {
        for (const std::string& run : claim.runs) options.on_change(run, std::string(outcome));
      }
      return;
    }
    telemetry::error("what came of a message could not be stored",
                     {{"notice", claim.id}, {"error", written.error().full()}});
    std::unique_lock lock(mutex);
    if (changed.wait_for(lock, kStorePause, [&] { return stopping; })) return;
  }
}

void Dispatcher::Impl::pause(Channel& state, Millis time) {
  state.next_call = std::max(state.next_call, clock.steady() + time);
}

void Dispatcher::Impl::loop() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    const std::uint64_t seen = wakes;
    ++active;
    lock.unlock();
    // Each call gets its own timeout; the whole ends only with stop().
    const Context context(clock, clock.steady() + 4 * options.call_timeout, stop.get_token());
    const auto wait = send_one(context);
    if (!wait) telemetry::warn("the outbox could not be read", {{"error", wait.error().full()}});
    lock.lock();
    --active;
    changed.notify_all();
    if (wait && *wait && **wait == Millis{0}) continue;
    const Millis sleep = !wait ? kStorePause : std::min(wait->value_or(kLongestSleep), kLongestSleep);
    changed.wait_for(lock, sleep, [&] { return stopping || wakes != seen; });
  }
}

Dispatcher::Dispatcher(store::Db& db, Notifier& notifier, const Clock& clock, telemetry::Registry& metrics,
                       DispatcherOptions options)
    : impl_(std::make_unique<Impl>(db, notifier, clock, metrics, std::move(options))) {}

Dispatcher::~Dispatcher() { stop(Millis{0}); }

Result<void> Dispatcher::start(bool reclaim_all) {
  TRY_VOID(settle_orphans(impl_->store_context(), reclaim_all));
  for (unsigned i = 0; i < std::max(1U, impl_->options.threads); ++i)
    impl_->threads.emplace_back([this] { impl_->loop(); });
  return {};
}

void Dispatcher::wake() {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->wakes;
  impl_->changed.notify_all();
}

void Dispatcher::stop(Millis deadline) {
  {
    std::unique_lock lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_all();
    impl_->changed.wait_for(lock, deadline / 2, [&] { return impl_->active == 0; });
  }
  impl_->stop.request_stop();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

Result<UnixMs> Dispatcher::run_due(const Context& context) {
  for (;;) {
    TRY_VOID(context.check());
    TRY(const std::optional<Millis> wait, impl_->send_one(context));
    if (!wait) return UnixMs{0};
    if (*wait > Millis{0}) return impl_->clock.now_ms() + wait->count();
  }
}

Result<void> Dispatcher::settle_orphans(const Context& context, bool reclaim_all) {
  return impl_->db.write(context, [&](store::Tx& tx) -> Result<void> {
    TRY(const std::int64_t n, requeue_orphans(tx, reclaim_all, impl_->clock.now_ms()));
    if (n > 0) telemetry::warn("messages whose sending was cut off are taken up again", {{"messages", n}});
    return {};
  });
}

}  // namespace fm::notify
