// Fast hashing (XXH3), for tables and ETags; never for signatures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fm {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
// 32 lower-case hexadecimal digits of XXH3-128.
std::string hash128_hex(std::string_view bytes);

}  // namespace fm
