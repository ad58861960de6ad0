// Hexadecimal, base64, constant-time comparison.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fm::guard {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);     // RFC 4648 section 4, padded
std::string to_base64url(std::string_view bytes);  // section 5, unpadded
// Strict: no white space, right padding, zero trailing bits.
std::optional<std::string> from_base64(std::string_view text);
// Time depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace fm::guard
