// How a line mentions failure: counted ("3 errors"), denied ("0 errors"), said outright, or inside a name. Pure.
#pragma once

#include <string_view>

namespace fm::logs {

/// How the words "error…", "fail…" stand in a line.
struct Mentions {
  unsigned counted = 0;  // "3 errors", "Failures: 1"
  unsigned zero = 0;     // "0 errors", "Failures: 0"
  unsigned bare = 0;     // as a word of its own
  unsigned inside = 0;   // part of a path, option or identifier
};

Mentions mentions_of(std::string_view text);

}  // namespace fm::logs
