// Which addresses an outbound request may reach when nobody configured them (the guard against server-side request
// forgery), and origins as they are compared.
#pragma once

#include <string>
#include <string_view>

#include <sys/socket.h>

#include "base/result.h"

namespace fm::net {

// True for globally reachable unicast addresses by the IANA special-purpose registries (RFC 6890): not loopback,
// private, link-local, CGNAT, unique-local, multicast, documentation, reserved, nor IPv6 forms that carry such an IPv4
// address (mapped, compatible, NAT64, 6to4). Anything but IPv4 and IPv6 is not public.
bool is_public_address(const sockaddr* address);

// Of an http(s) URL, as libcurl reads it: scheme and host in lower case, IPv4 in any notation as dotted decimal, the
// port always there.
struct Origin {
  std::string scheme;
  std::string host;  // IPv6 without brackets
  std::string port;
  bool operator==(const Origin&) const = default;
  std::string text() const;  // "https://api.github.com:443"
  bool is_loopback() const;  // "localhost", 127.0.0.0/8, ::1 by name or number; says nothing of what a name resolves to
};

// Errors: invalid for anything but an absolute http or https URL without user information.
Result<Origin> parse_origin(std::string_view url);
// What a Location header means on a page. Error: invalid.
Result<std::string> resolve_url(const std::string& base, const std::string& location);

}  // namespace fm::net
