// For tests: a server on a free port with short time-outs, started by the first use.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "net/server.h"
#include "net/socket_testing.h"

namespace fm::net::testing {

// Waits, without polling on time alone, until something that another thread changes is so.
inline bool eventually(const std::function<bool()>& is_so, Millis patience = Millis{5000}) {
  const Steady until = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

// A door that handlers wait at until the test opens it.
class Gate {
 public:
  void open() {
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
    }
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    opened_.wait(lock, [this] { return open_; });
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  int waiting_ = 0;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options.listen = "127.0.0.1:0";
    options.threads = 2;
    options.pool_threads = 2;
  }

  Server& server() {
    if (!server_) server_ = std::make_unique<Server>(options, clock);
    return *server_;
  }
  void start() {
    auto started = server().start();
    ASSERT_TRUE(started) << started.error().full();
  }
  Socket connect(int receive_buffer = 0) { return Socket::to(server().port(), receive_buffer); }
  Socket::Answer ask(std::string_view bytes) {
    Socket socket = connect();
    socket.send(bytes);
    return socket.read_answer();
  }
  static std::string get(std::string_view path, std::string_view headers = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
  }
  static std::string post(std::string_view path, std::string_view body, std::string_view headers = {}) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + std::string(headers) + "\r\n" + std::string(body);
  }
  // POST /echo on the edge and POST /pool/echo on the pool answer the body; GET /hello answers "hello".
  void add_basic_routes() {
    server().on_edge("POST", "/echo",
                     [](Request&& request, Responder answer) { answer(Response::text(200, std::move(request.body))); });
    server().on_pool("POST", "/pool/echo",
                     [](const Context&, Request& request) { return Response::text(200, std::move(request.body)); });
    server().on_edge("GET", "/hello", [](Request&&, Responder answer) { answer(Response::text(200, "hello")); });
  }

  ServerOptions options;
  SystemClock clock;

 private:
  std::unique_ptr<Server> server_;
};

}  // namespace fm::net::testing
