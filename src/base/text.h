// Small text helpers. All take and give UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fm {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);           // ASCII only
bool iequals(std::string_view a, std::string_view b);  // ASCII only
bool contains(std::string_view text, std::string_view part);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// Bytes that are no UTF-8 become U+FFFD; C0 controls but tab and newline are dropped.
std::string clean_utf8(std::string_view text);
// At most max_bytes, cut at a character boundary, with "…" at the end when something was cut.
std::string truncate_utf8(std::string_view text, size_t max_bytes);

// "1 failure", "2 failures"
std::string plural(size_t n, std::string_view noun);
// "830 B", "8.0 KB", "25 MB"
std::string human_bytes(std::uint64_t bytes);
// "420 ms", "12 s", "3 min", "5 h", "2 d"
std::string human_duration_ms(std::int64_t ms);

}  // namespace fm
