#include "net/listen.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

namespace fm::net {
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::unexpected<Error> fail_listen(const ListenAddress& address, int error) {
  const std::string where = to_text(address.address);
  if (error == EADDRINUSE) {
    return fail(Code::conflict, fmt::format("{} is in use by another program", where),
                "Stop it, or choose another address with FIRSTMATE_LISTEN (port 0 picks a free one).");
  }
  if (error == EACCES) {
    return fail(Code::forbidden, fmt::format("listening on {} is not permitted", where),
                "Choose a port of 1024 or above with FIRSTMATE_LISTEN, or grant CAP_NET_BIND_SERVICE.");
  }
  if (error == EADDRNOTAVAIL) {
    return fail(Code::invalid, fmt::format("{} is not an address of this machine", where),
                "Set FIRSTMATE_LISTEN to one of its addresses, or to 0.0.0.0 for all.");
  }
  return fail(Code::unavailable, fmt::format("listen on {}: {}", where, std::strerror(error)));
}

// Bound, not yet listening.
Result<int> bound_socket(const ListenAddress& address, bool reuse_port) {
  Socket socket(::socket(address.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return fail_listen(address, errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (reuse_port) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.address), address.length) != 0) {
    return fail_listen(address, errno);
  }
  return socket.release();
}

}  // namespace

std::uint16_t ListenAddress::port() const {
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void ListenAddress::set_port(std::uint16_t port) {
  if (address.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(port);
  }
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::invalid, fmt::format("\"{}\" is not an address and port", text),
                "Write FIRSTMATE_LISTEN as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080.");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return bad();

  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  ListenAddress out;
  if (host.front() == '[' && host.back() == ']') {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out.address);
    v6.sin6_family = AF_INET6;
    out.length = sizeof v6;
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6.sin6_addr) != 1) return bad();
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.address);
    v4.sin_family = AF_INET;
    out.length = sizeof v4;
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return bad();
  }
  out.set_port(port);
  return out;
}

Result<Listeners> open_listeners(ListenAddress address, unsigned count) {
  {
    // SO_REUSEPORT alone would let a second instance of ours share the port without a word.
    TRY(const int probe, bound_socket(address, false));
    const Socket close_probe(probe);
  }
  Listeners out;
  const auto give_up = [&](Error error) {
    for (const int fd : out.sockets) ::close(fd);
    return std::unexpected<Error>(std::move(error));
  };
  for (unsigned i = 0; i < count; ++i) {
    auto bound = bound_socket(address, true);
    if (!bound) return give_up(std::move(bound).error());
    out.sockets.push_back(*bound);
    if (::listen(*bound, SOMAXCONN) != 0) return give_up(fail_listen(address, errno).error());
    if (out.port == 0) {
      ListenAddress actual;
      actual.length = sizeof actual.address;
      ::getsockname(*bound, reinterpret_cast<sockaddr*>(&actual.address), &actual.length);
      out.port = actual.port();
      address.set_port(out.port);
    }
  }
  return out;
}

std::string to_text(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, ntohs(v4.sin_port));
}

}  // namespace fm::net
