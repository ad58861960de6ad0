// HTTP as the rest of the house sees it: plain values, no Beast or Asio types.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace fm::net {

using Header = std::pair<std::string, std::string>;

// One request, complete in memory. body is the raw bytes as sent; it may be moved out.
struct Request {
  std::string method;  // "GET"
  std::string target;  // as sent: "/api/v1/events?limit=5"
  std::string path;    // decoded, without the query: "/api/v1/events"
  std::string query;   // as sent, without '?'
  std::vector<Header> headers;
  std::string body;
  std::string remote;    // "127.0.0.1:52011"
  std::string trace_id;  // the caller's, from a valid traceparent header, or a new one
  // What "{name}" in the route's pattern stood for.
  std::vector<std::pair<std::string_view, std::string>> path_values;

  // Case-insensitive; empty when absent.
  std::string_view header(std::string_view name) const;
  // Decoded; nothing when absent.
  std::optional<std::string> query_value(std::string_view name) const;
  std::string_view path_value(std::string_view name) const;
  std::string_view cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  // Instead of body: bytes that live as long as the program (embedded files), never copied.
  std::string_view static_body;

  static Response json(int status, std::string body);
  static Response text(int status, std::string body);
  Response&& with(std::string name, std::string value) &&;
};

// "Bad Request" for 400.
std::string_view reason_phrase(int status);
// Percent-decoding; '+' stays. Nothing when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> url_decode(std::string_view text);
std::string url_encode(std::string_view text);

}  // namespace fm::net
