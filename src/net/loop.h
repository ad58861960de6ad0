// One event loop: a thread, an io_context, its listening socket and connections, their deadlines.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/server_core.h"
#include "net/timing_wheel.h"

namespace fm::net {

class Connection;

// The concrete executor: the type-erased default costs about 0.7 µs a request.
using Executor = boost::asio::io_context::executor_type;
using StreamSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class Loop final : public LoopPort, public std::enable_shared_from_this<Loop> {
 public:
  // Takes the listening socket.
  Loop(std::shared_ptr<Core> core, int listen_fd, int family);
  ~Loop() override;
  void run_thread(unsigned index);

  // Any thread.
  void post(std::move_only_function<void()> task) override;
  bool here() const override;
  void drain();  // stop accepting, close idle connections and streams, answer the rest with Connection: close
  void abort();  // close everything; the thread ends
  void join();
  std::uint64_t requests() const { return requests_.load(std::memory_order_relaxed); }

  // The loop's thread only.
  Core& core() { return *core_; }
  const std::shared_ptr<Core>& shared_core() const { return core_; }
  TimingWheel& wheel() { return wheel_; }
  bool draining() const { return draining_; }
  std::string_view date();
  void count_request() { requests_.store(requests_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
  void remove(Connection& connection);
  // Where bytes go that nobody wants: a lingering connection's, a stream client's.
  static constexpr std::size_t kScratchBytes = 16 * 1024;
  char* scratch() { return scratch_.data(); }

 private:
  void accept();
  void admit(StreamSocket socket);
  void retry_accept();
  void keep_ticking();

  const std::shared_ptr<Core> core_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<Executor> work_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_;
  const Millis tick_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    Executor>
      ticker_, accept_pause_;
  bool ticking_ = false;
  bool draining_ = false;
  bool aborted_ = false;
  TimingWheel wheel_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::array<char, kScratchBytes> scratch_;
  std::atomic<std::uint64_t> requests_{0};
  std::thread thread_;
};

}  // namespace fm::net
