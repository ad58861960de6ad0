#include "net/trace_id.h"

#include <algorithm>

#include "base/ids.h"

namespace fm::net {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// version "-" trace-id "-" parent-id "-" flags; a later version may append "-" and more.
bool is_valid(std::string_view text) {
  constexpr std::size_t kLength = 2 + 1 + 32 + 1 + 16 + 1 + 2;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return false;
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  return is_hex(trace) && !is_zero(trace) && is_hex(parent) && !is_zero(parent) && is_hex(text.substr(53, 2));
}

}  // namespace

std::string trace_id_from(std::string_view traceparent) {
  if (!traceparent.empty() && is_valid(traceparent)) return std::string(traceparent.substr(3, 32));
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id(32, '0');
  std::uint64_t bits[2] = {fast_random(), fast_random() | 1};  // never all zero
  for (std::size_t i = 0; i < id.size(); ++i) {
    std::uint64_t& half = bits[i / 16];
    id[i] = kHex[half & 15];
    half >>= 4;
  }
  return id;
}

}  // namespace fm::net
