// What the passing run of the same job has already said: lines that are in it explain no failure.
//
// Lines are compared by masked_hash of their plain text, so numbers, times and commit ids do not make a line new.
// Immutable; safe to share.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fm::logs {

class PassingLines {
 public:
  explicit PassingLines(std::string_view passing_log);

  /// `masked`: masked_hash of a plain line. Blank lines (0) are always known.
  bool knows(std::uint64_t masked) const {
    if (masked == 0) return true;
    for (size_t at = masked & mask_;; at = (at + 1) & mask_) {
      if (table_[at] == masked) return true;
      if (table_[at] == 0) return false;
    }
  }

 private:
  void insert(std::uint64_t masked);
  void grow();

  std::vector<std::uint64_t> table_;  // open addressing; 0 is free
  size_t mask_ = 0;
  size_t used_ = 0;
};

}  // namespace fm::logs
