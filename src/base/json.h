// JSON values: Boost.JSON under our names, with readers that never throw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"

namespace fm {

namespace json = boost::json;

// Error: Code::invalid with the position. Depth is limited to 64.
Result<json::value> parse_json(std::string_view text);
std::string to_json(const json::value& value);

// Reads along a path of keys: find(v, "repository", "full_name"). nullptr when a step is missing or no object.
const json::value* find(const json::value& value, std::string_view key);
template <class... More>
const json::value* find(const json::value& value, std::string_view key, More... more) {
  const json::value* next = find(value, key);
  return next == nullptr ? nullptr : find(*next, std::string_view(more)...);
}

// The value at the path as that type; empty, zero or nothing when it is missing or of another type.
template <class... Path>
std::string text_at(const json::value& value, Path... path) {
  const json::value* at = find(value, std::string_view(path)...);
  return at != nullptr && at->is_string() ? std::string(at->get_string()) : std::string();
}
std::optional<std::int64_t> as_int(const json::value* value);
template <class... Path>
std::int64_t int_at(const json::value& value, Path... path) {
  return as_int(find(value, std::string_view(path)...)).value_or(0);
}
template <class... Path>
bool bool_at(const json::value& value, Path... path) {
  const json::value* at = find(value, std::string_view(path)...);
  return at != nullptr && at->is_bool() && at->get_bool();
}
// The array at the path, or an empty one.
const json::array& array_at(const json::value& value, std::string_view key);

// null for an empty text: "no such thing" is never "" outside.
json::value text_or_null(std::string_view text);
// RFC 3339, or null for 0.
json::value time_or_null(std::int64_t unix_ms);

}  // namespace fm
