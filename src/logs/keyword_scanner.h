// Finds any of many literals in one pass over a line, ASCII case ignored (Aho-Corasick as a dense table).
//
// Immutable after construction; safe to share between threads. About a nanosecond a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fm::logs {

class KeywordScanner {
 public:
  /// `keywords` in lower case; empty ones are never found. A keyword's id is its position.
  explicit KeywordScanner(const std::vector<std::string>& keywords);

  /// Calls found(id) for each occurrence (an id may come more than once); stops when it returns false.
  template <class Found>
  void scan(std::string_view text, Found&& found) const {
    std::uint32_t at = 0;
    for (const char c : text) {
      at = next_[(at & kRow) + class_of_[static_cast<unsigned char>(c)]];
      if ((at & kFinds) != 0) {
        const size_t state = (at & kRow) >> shift_;
        for (std::uint32_t i = first_[state]; i < first_[state + 1]; ++i) {
          if (!found(ids_[i])) return;
        }
      }
    }
  }

 private:
  static constexpr std::uint32_t kFinds = 0x8000'0000U;
  static constexpr std::uint32_t kRow = ~kFinds;

  std::uint8_t class_of_[256] = {};   // byte → column; 0 for bytes of no keyword
  unsigned shift_ = 0;                // a row holds 1 << shift_ columns
  std::vector<std::uint32_t> next_;   // row offset of the next state, with kFinds where something ends there
  std::vector<std::uint32_t> first_;  // per state: where its ids begin in ids_
  std::vector<int> ids_;
};

}  // namespace fm::logs
