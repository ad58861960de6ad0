// What the server's parts share: routes, hooks, counters, the budget for bodies. Inside net only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pool.h"
#include "net/router.h"
#include "net/server.h"

namespace fm::net {

struct Route {
  enum class Kind { edge, pool, stream } kind = Kind::pool;
  std::string method;
  std::string pattern;
  EdgeHandler edge;
  PoolHandler pool;
  StreamHandler stream;
  std::shared_ptr<EventHub::Impl> hub;
  std::size_t body_limit_bytes = 0;
};

// Bytes of request bodies in memory, over all loops.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}
  bool try_add(std::size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return true;
    remove(bytes);
    return false;
  }
  void remove(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

// One request's share of the budget, given back when the request is answered.
class BodyReservation {
 public:
  static constexpr std::size_t kFree = 64 * 1024;  // bodies up to this size are always taken

  BodyReservation() = default;
  BodyReservation(BodyReservation&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyReservation& operator=(BodyReservation&& other) noexcept {
    if (this != &other) {
      release();
      budget_ = std::move(other.budget_);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~BodyReservation() { release(); }

  // Makes the reservation cover a body of that size; chunked bodies grow in steps, so that the counter is touched
  // rarely.
  bool cover(const std::shared_ptr<BodyBudget>& budget, std::size_t size, std::size_t step = 0) {
    if (size <= kFree || size <= bytes_) return true;
    const std::size_t more = size - bytes_ + step;
    if (!budget->try_add(more)) return false;
    budget_ = budget;
    bytes_ += more;
    return true;
  }
  void release() {
    if (bytes_ > 0) budget_->remove(std::exchange(bytes_, 0));
  }

 private:
  std::shared_ptr<BodyBudget> budget_;
  std::size_t bytes_ = 0;
};

// The event loop as other threads see it.
class LoopPort {
 public:
  virtual ~LoopPort() = default;
  virtual void post(std::move_only_function<void()> task) = 0;  // any thread
  virtual bool here() const = 0;                                // is this the loop's own thread?
};

// A connection as responders and hubs see it. Its own loop's thread only.
class ConnectionPort {
 public:
  virtual ~ConnectionPort() = default;
  virtual void answer(Response&& response) = 0;
  virtual void open_stream(std::shared_ptr<EventHub::Impl> hub) = 0;
  virtual void push(std::shared_ptr<const std::string> frame) = 0;
  virtual void end_stream() = 0;
};

struct Core {
  Core(ServerOptions server_options, const Clock& server_clock)
      : options(std::move(server_options)),
        clock(&server_clock),
        budget(std::make_shared<BodyBudget>(options.body_budget_bytes)) {}

  const ServerOptions options;
  const Clock* const clock;

  // Set before start(), read-only from then on.
  Router router;
  std::vector<Route> routes;
  Route not_found{
      .kind = Route::Kind::pool, .method = {}, .pattern = "unmatched", .edge = {}, .pool = {}, .stream = {}, .hub = {}};
  std::function<Response(int, std::string_view)> make_error;
  RequestObserver observer;
  std::function<void(const Request&, Response&)> filter;
  std::unique_ptr<Pool> pool;

  std::stop_source stop;  // of every pool handler's Context
  const std::shared_ptr<BodyBudget> budget;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> refused_busy{0};

  // Told when the last connection closes while the server drains.
  std::mutex drained_mutex;
  std::condition_variable drained;
  void tell_drained() {
    const std::lock_guard lock(drained_mutex);
    drained.notify_all();
  }

  // An error that the server itself answers.
  Response error(int status, std::string_view detail) const;
};

struct Responder::Impl {
  std::shared_ptr<LoopPort> loop;
  std::weak_ptr<ConnectionPort> connection;
  std::shared_ptr<const Core> core;
  BodyReservation reservation;

  // Once, through the one Responder or stream decision that owns this.
  void answer(Response&& response);
  void fail(int status, std::string_view detail);
  void open_stream(std::shared_ptr<EventHub::Impl> hub);
};

struct EventHub::Impl {
  Impl();
  ~Impl();
  // The loop's own thread; a stream is known by its ConnectionPort's address.
  void add(std::shared_ptr<LoopPort> loop, const std::shared_ptr<ConnectionPort>& stream);
  void remove(const ConnectionPort* stream);

  void publish(std::string_view event, std::string_view data);
  void close_all();
  std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Runs a pool route's handler for one request, or answers 503 when the pool is full. The loop's own thread.
void submit_to_pool(const std::shared_ptr<Core>& core, const Route& route, Request&& request,
                    std::shared_ptr<Responder::Impl> responder);

}  // namespace fm::net
