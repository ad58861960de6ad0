#include "base/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

#include "base/clock.h"

namespace fm {

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;
  json::error_code error;
  json::stream_parser parser({}, options);
  const size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used < text.size()) {
    const std::string_view rest = text.substr(used);
    if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      return fail(Code::invalid, fmt::format("not JSON: something follows the value at byte {}", used));
    }
  }
  if (!error) parser.finish(error);
  if (error) return fail(Code::invalid, fmt::format("not JSON: {} near byte {}", error.message(), used));
  return parser.release();
}

std::string to_json(const json::value& value) { return json::serialize(value); }

const json::value* find(const json::value& value, std::string_view key) {
  return value.is_object() ? value.get_object().if_contains(key) : nullptr;
}

std::optional<std::int64_t> as_int(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64() && value->get_uint64() <= INT64_MAX) return static_cast<std::int64_t>(value->get_uint64());
  return std::nullopt;
}

const json::array& array_at(const json::value& value, std::string_view key) {
  static const json::array empty;
  const json::value* at = find(value, key);
  return at != nullptr && at->is_array() ? at->get_array() : empty;
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

json::value time_or_null(std::int64_t unix_ms) {
  return unix_ms == 0 ? json::value(nullptr) : json::value(json::string(to_rfc3339(unix_ms)));
}

}  // namespace fm
