// Listening sockets: the address as people write it, the probe for a port that is taken, one SO_REUSEPORT socket a
// loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "base/result.h"

namespace fm::net {

struct ListenAddress {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
};

// "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:0", "localhost:8080". Error: Code::invalid.
Result<ListenAddress> parse_listen(std::string_view text);

// count listening, non-blocking, close-on-exec sockets on one address; port 0 is chosen by the kernel. Errors: conflict
// (someone listens there, even with SO_REUSEPORT), forbidden (privileged port), invalid (not an address of this
// machine), unavailable.
struct Listeners {
  std::vector<int> sockets;  // the caller closes them
  std::uint16_t port = 0;
};
Result<Listeners> open_listeners(ListenAddress address, unsigned count);

// "127.0.0.1:52011", "[::1]:52011".
std::string to_text(const sockaddr_storage& address);

}  // namespace fm::net
