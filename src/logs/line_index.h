// Where the lines of a text are, without a word of memory per line.
//
// A line ends at "\n", "\r\n" or a lone "\r" (progress bars); a text that ends in one has no empty last
// line. Line numbers are 1-based. Only every 64th line's offset is kept, so that 100 MB of line breaks cost
// no more than 100 MB of prose; the lines between are found by a vectorised scan (about a microsecond).
//
// The text is borrowed and must outlive the index. Immutable after construction: safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fm::logs {

/// First '\n' or '\r' in [begin, end), or `end`.
const char* find_line_break(const char* begin, const char* end);

/// Walks lines front to back. `next` gives the line without its end.
class LineReader {
 public:
  explicit LineReader(std::string_view text, size_t first_line = 1)
      : text_(text), next_(text.data()), number_(first_line - 1) {}

  bool next(std::string_view& line);
  /// Of the line that `next` gave last; 1-based.
  size_t number() const { return number_; }
  /// Byte offset in the text of the line that comes next.
  size_t offset() const { return static_cast<size_t>(next_ - text_.data()); }

 private:
  std::string_view text_;
  const char* next_;
  size_t number_;
};

class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  /// For who reads all lines anyway: an empty index over `text`, then `add` for each line in order.
  static LineIndex while_reading(std::string_view text);
  void add(size_t number, size_t offset) {
    count_ = number;
    if ((number - 1) % kStride == 0) offsets_.push_back(offset);
  }

  size_t size() const { return count_; }
  std::string_view text() const { return text_; }
  /// Line `number` (1..size()) without its end; empty outside that range.
  std::string_view line(size_t number) const;
  /// Byte offset where line `number` begins; text size when there is no such line.
  size_t offset(size_t number) const;
  /// Number of the line that holds byte `offset`; size() past the end, 0 for an empty text.
  size_t line_at(size_t offset) const;
  /// A reader whose first line is `number`.
  LineReader from(size_t number) const;

 private:
  static constexpr size_t kStride = 64;
  struct Empty {};
  LineIndex(std::string_view text, Empty) : text_(text) {}

  std::string_view text_;
  std::vector<size_t> offsets_;  // of lines 1, 65, 129, …
  size_t count_ = 0;
};

}  // namespace fm::logs
