// Writes a response's head by hand into a buffer that is used again (Beast's serializer costs several µs a response).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace fm::net {

struct HeadFacts {
  std::string_view date;  // IMF-fixdate
  bool http10 = false;
  bool keep_alive = true;
  std::optional<std::uint64_t> content_length;  // nothing: the body ends with the connection, or there is none
};

// Appends status line and headers up to the empty line. The framing is ours: Content-Length, Transfer-Encoding,
// Connection and Date of the response are left out. CR, LF and NUL in names and values become spaces, so that no value
// can add a header.
void append_head(std::string& out, const Response& response, const HeadFacts& facts);

// True when the status forbids a body (1xx, 204, 304).
bool is_bodiless(int status);

// "Sat, 21 Nov 2026 15:02:45 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::int64_t unix_seconds);

}  // namespace fm::net
