#include "net/address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include "base/text.h"

namespace fm::net {
namespace {

struct Block4 {
  std::uint32_t network;
  int bits;
};
constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
// https://www.iana.org/assignments/iana-ipv4-special-registry: everything that is not globally reachable, and
// multicast.
constexpr std::array kNotPublic4 = {
    Block4{ip4(0, 0, 0, 0), 8},      Block4{ip4(10, 0, 0, 0), 8},     Block4{ip4(100, 64, 0, 0), 10},
    Block4{ip4(127, 0, 0, 0), 8},    Block4{ip4(169, 254, 0, 0), 16}, Block4{ip4(172, 16, 0, 0), 12},
    Block4{ip4(192, 0, 0, 0), 24},   Block4{ip4(192, 0, 2, 0), 24},   Block4{ip4(192, 88, 99, 0), 24},
    Block4{ip4(192, 168, 0, 0), 16}, Block4{ip4(198, 18, 0, 0), 15},  Block4{ip4(198, 51, 100, 0), 24},
    Block4{ip4(203, 0, 113, 0), 24}, Block4{ip4(224, 0, 0, 0), 4},    Block4{ip4(240, 0, 0, 0), 4},
};

bool is_public4(std::uint32_t address) {
  return std::none_of(kNotPublic4.begin(), kNotPublic4.end(),
                      [&](const Block4& block) { return (address ^ block.network) >> (32 - block.bits) == 0; });
}

using Bytes16 = std::array<std::uint8_t, 16>;

bool starts_with(const Bytes16& address, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}
std::uint32_t embedded4(const Bytes16& a, std::size_t at) { return ip4(a[at], a[at + 1], a[at + 2], a[at + 3]); }

bool is_public6(const Bytes16& a) {
  if (starts_with(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public4(embedded4(a, 12));  // ::ffff:0:0/96
  if (starts_with(a, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public4(embedded4(a, 12));  // NAT64
  if (starts_with(a, {0x20, 0x02})) return is_public4(embedded4(a, 2));                                       // 6to4
  if ((a[0] & 0xe0) != 0x20) return false;                               // only 2000::/3 is global unicast
  if (a[0] == 0x20 && a[1] == 0x01 && (a[2] & 0xfe) == 0) return false;  // 2001::/23: Teredo, ORCHID, benchmarking
  if (starts_with(a, {0x20, 0x01, 0x0d, 0xb8})) return false;            // documentation
  if (a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0) return false;  // 3fff::/20, documentation
  return true;
}

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCleanup>;

std::string part(CURLU* url, CURLUPart what, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

}  // namespace

bool is_public_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return is_public4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    Bytes16 bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

std::string Origin::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return scheme + "://" + (v6 ? "[" + host + "]" : host) + ":" + port;
}

bool Origin::is_loopback() const {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

Result<Origin> parse_origin(std::string_view text) {
  const Url url(curl_url());
  const std::string copy(text);
  if (copy.find_first_of(std::string_view("\r\n\t \0", 5)) != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), 0) != CURLUE_OK) {
    return fail(Code::invalid, "not an absolute URL");
  }
  Origin origin;
  origin.scheme = to_lower(part(url.get(), CURLUPART_SCHEME, 0));
  origin.host = to_lower(part(url.get(), CURLUPART_HOST, CURLU_URLDECODE));
  origin.port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (origin.scheme != "http" && origin.scheme != "https")
    return fail(Code::invalid, "only http and https URLs are fetched");
  if (!part(url.get(), CURLUPART_USER, 0).empty() || !part(url.get(), CURLUPART_PASSWORD, 0).empty()) {
    return fail(Code::invalid, "the URL holds a user name or password", "Configure credentials as a secret instead.");
  }
  if (origin.host.starts_with('[') && origin.host.ends_with(']'))
    origin.host = origin.host.substr(1, origin.host.size() - 2);
  if (origin.host.empty()) return fail(Code::invalid, "the URL holds no host");
  return origin;
}

Result<std::string> resolve_url(const std::string& base, const std::string& location) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK) {
    return fail(Code::invalid, "the redirect leads to something that is not a URL");
  }
  return part(url.get(), CURLUPART_URL, 0);
}

}  // namespace fm::net
