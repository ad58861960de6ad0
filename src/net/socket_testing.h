// For tests: a client that writes raw bytes, and a peer that answers with raw bytes.
#pragma once

#include <atomic>
#include <charconv>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

namespace fm::net::testing {

// A blocking TCP socket that gives up reading after five seconds.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() { close(); }

  static Socket to(std::uint16_t port, int receive_buffer = 0) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return Socket(fd);
  }

  // False when the other side has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void shutdown_write() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // With a reset instead of an orderly end.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  // Up to and with the mark; what came when the other side closed or fell silent first.
  std::string read_until(std::string_view mark) {
    while (buffer_.find(mark) == std::string::npos) {
      if (!fill()) return std::exchange(buffer_, {});
    }
    return take(buffer_.find(mark) + mark.size());
  }
  std::string read_exactly(std::size_t size) {
    while (buffer_.size() < size && fill()) {
    }
    return take(std::min(size, buffer_.size()));
  }
  std::string read_to_end() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }
  // True when the other side has closed its direction and nothing more is to be read.
  bool at_end() { return buffer_.empty() && !fill() && ended_; }

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    std::string header(std::string_view name) const {
      for (const std::string_view line : split(head, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && iequals(line.substr(0, colon), name)) {
          return std::string(trim(line.substr(colon + 1)));
        }
      }
      return {};
    }
  };
  // One response framed by Content-Length (none: no body).
  Answer read_answer(bool without_body = false) {
    Answer answer;
    answer.head = read_until("\r\n\r\n");
    if (answer.head.size() > 12) std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    const std::string length = answer.header("content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (!without_body) answer.body = read_exactly(size);
    return answer;
  }

 private:
  bool fill() {
    char bytes[16 * 1024];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      ended_ = got == 0;
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t size) {
    std::string out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }

  int fd_;
  bool ended_ = false;
  std::string buffer_;
};

// Listens on a free port and plays one script per connection, one after the other.
class Peer {
 public:
  explicit Peer(std::function<void(Socket&)> script) : script_(std::move(script)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (;;) {
        const int client = ::accept(fd_, nullptr, nullptr);
        if (client < 0) return;
        ++connections_;
        Socket socket(client);
        {
          const std::lock_guard lock(mutex_);
          current_ = client;
        }
        script_(socket);
        const std::lock_guard lock(mutex_);
        current_ = -1;
      }
    });
  }
  ~Peer() {
    ::shutdown(fd_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (current_ >= 0) ::shutdown(current_, SHUT_RDWR);  // a script may wait for more
    }
    thread_.join();
    ::close(fd_);
  }
  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  std::function<void(Socket&)> script_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;  // guards current_
  int current_ = -1;
  std::thread thread_;
};

}  // namespace fm::net::testing
