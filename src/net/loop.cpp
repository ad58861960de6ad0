#include "net/loop.h"

#include <algorithm>
#include <cerrno>

#include <boost/asio/post.hpp>
#include <pthread.h>

#include "net/connection.h"
#include "net/listen.h"
#include "net/response_head.h"
#include "telemetry/log.h"

namespace fm::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr Millis kAcceptPause{100};
// Connections over the limit that are told so; beyond them the door is shut without a word.
constexpr std::size_t kRefusalsAtOnce = 64;

thread_local const Loop* current_loop = nullptr;

// Fine enough for the shortest deadline, never more often than every 10 ms.
Millis tick_for(const ServerOptions& options) {
  const Millis shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                                    options.write_timeout, options.body_rate_grace, options.stream_heartbeat});
  return std::clamp(shortest / 8, Millis{10}, Millis{1000});
}

asio::ip::tcp protocol_of(int family) { return family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(); }

}  // namespace

// UNSAFE_IO: sockets and timers are touched by the loop's thread alone; posting stays safe from any thread.
Loop::Loop(std::shared_ptr<Core> core, int listen_fd, int family)
    : core_(std::move(core)),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      work_(io_.get_executor()),
      acceptor_(io_.get_executor(), protocol_of(family), listen_fd),
      tick_(tick_for(core_->options)),
      ticker_(io_.get_executor()),
      accept_pause_(io_.get_executor()),
      wheel_(tick_, std::chrono::steady_clock::now()) {}

Loop::~Loop() = default;

void Loop::run_thread(unsigned index) {
  thread_ = std::thread([this] {
    current_loop = this;
    accept();
    io_.run();
    current_loop = nullptr;
  });
  pthread_setname_np(thread_.native_handle(), ("edge-" + std::to_string(index)).c_str());
}

void Loop::post(std::move_only_function<void()> task) {
  asio::post(io_.get_executor(), [held = std::move(task)]() mutable { held(); });
}

bool Loop::here() const { return current_loop == this; }

void Loop::accept() {
  acceptor_.async_accept([this](const error_code& error, StreamSocket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (error == asio::error::no_descriptors || error == error_code(ENFILE, error.category()) ||
        error == asio::error::no_buffer_space || error == asio::error::no_memory) {
      telemetry::warn("cannot accept a connection", {{"why", error.message()}});
      return retry_accept();
    }
    if (!error) admit(std::move(socket));
    accept();
  });
}

// Out of descriptors: the waiting connection would wake us again at once.
void Loop::retry_accept() {
  accept_pause_.expires_after(kAcceptPause);
  accept_pause_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

void Loop::admit(StreamSocket socket) {
  const std::size_t open = core_->connections.fetch_add(1, std::memory_order_relaxed) + 1;
  if (open > core_->options.max_connections + kRefusalsAtOnce) {
    core_->connections.fetch_sub(1, std::memory_order_relaxed);
    core_->refused_busy.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  ::getpeername(socket.native_handle(), reinterpret_cast<sockaddr*>(&peer), &length);
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), to_text(peer));
  connections_.emplace(connection.get(), connection);
  keep_ticking();
  if (open > core_->options.max_connections) return connection->refuse_busy();
  connection->start();
}

void Loop::remove(Connection& connection) {
  wheel_.disarm(connection);
  if (connections_.erase(&connection) > 0) core_->connections.fetch_sub(1, std::memory_order_relaxed);
  if (draining_) core_->tell_drained();
}

// The ticker runs only while there are connections: an idle server does not wake up.
void Loop::keep_ticking() {
  if (ticking_ || connections_.empty() || aborted_) return;
  ticking_ = true;
  ticker_.expires_after(tick_);
  ticker_.async_wait([this](const error_code& error) {
    ticking_ = false;
    if (error) return;
    wheel_.sweep(std::chrono::steady_clock::now(),
                 [](TimingWheel::Node& node) { static_cast<Connection&>(node).on_deadline(); });
    keep_ticking();
  });
}

std::string_view Loop::date() {
  const std::int64_t second = core_->clock->now_ms() / 1000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second);
  }
  return date_;
}

void Loop::drain() {
  post([this] {
    draining_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
    auto open = connections_;  // closing one changes the map
    for (const auto& [key, connection] : open) connection->drain();
    core_->tell_drained();
  });
}

void Loop::abort() {
  post([this] {
    aborted_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
    ticker_.cancel();
    auto open = connections_;
    for (const auto& [key, connection] : open) connection->close();
    work_.reset();
  });
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace fm::net
