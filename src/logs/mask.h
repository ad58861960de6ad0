// Hides what changes from run to run, so that the same message reads the same tomorrow.
//
// Tokens become <n> numbers, <hex> hashes and addresses, <uuid>, <time> dates and clock times, <ip>, <url>'s query,
// <tmp> temporary paths; a path's directories fall away where they are volatile (home, workspace, build roots).
// Pure; linear; no allocation in masked_hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fm::logs {

std::string mask_line(std::string_view line);

/// Hash of the line with every run of digits and every hash-like word (7 or more hexadecimal digits with a decimal
/// one among them) made equal, and blank edges dropped: two lines of one template agree. 0 for a blank line.
std::uint64_t masked_hash(std::string_view line);

/// Coarser: words with a digit, slash, dot, colon or quote, and what stands in quotes, are all alike. "the same message
/// about another file". 0 for a blank line.
std::uint64_t template_hash(std::string_view line);

}  // namespace fm::logs
