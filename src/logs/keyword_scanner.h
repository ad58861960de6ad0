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
  /// `whole` and `prefixes` in lower case; empty ones are never found. Ids count through `whole`, then `prefixes`. Of
  /// the latter only the first bytes are looked at (12, fewer when there are very many): a find must be checked by the
  /// caller.
  explicit KeywordScanner(const std::vector<std::string>& whole, const std::vector<std::string>& prefixes = {});

  /// Calls found(id) for each occurrence (an id may come more than once); stops when it returns false.
  template <class Found>
  void scan(std::string_view text, Found&& found) const {
    std::uint32_t state = 0;
    for (const char c : text) {
      const std::uint16_t cell = next_[(state << shift_) + class_of_[static_cast<unsigned char>(c)]];
      state = cell & kState;
      if ((cell & kFinds) == 0) continue;
      for (std::uint32_t i = first_[state]; i < first_[state + 1]; ++i) {
        if (!found(ids_[i])) return;
      }
    }
  }

 private:
  static constexpr std::uint16_t kFinds = 0x8000;
  static constexpr std::uint16_t kState = 0x7FFF;

  std::uint8_t class_of_[256] = {};   // byte → column; 0 for bytes of no keyword
  unsigned shift_ = 0;                // a row holds 1 << shift_ columns
  std::vector<std::uint16_t> next_;   // the next state, with kFinds where something ends there
  std::vector<std::uint32_t> first_;  // per state: where its ids begin in ids_
  std::vector<int> ids_;
};

}  // namespace fm::logs
