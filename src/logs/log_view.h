// A log as plain lines by number: LineIndex and envelope together, quick for neighbours of the line asked last.
//
// Not thread-safe (it remembers where it was): one per analysis. The log is borrowed.
#pragma once

#include <string>
#include <string_view>

#include "logs/envelope.h"
#include "logs/line_index.h"

namespace fm::logs {

class LogView {
 public:
  explicit LogView(const LineIndex& index) : index_(index), reader_(index.from(1)) {}

  size_t size() const { return index_.size(); }
  /// The line as it stands; empty outside 1..size().
  std::string_view raw(size_t number);
  /// The line without its envelope. Valid until the next call of plain or peeled.
  std::string_view plain(size_t number) { return peeled(number).text; }
  Peeled peeled(size_t number) { return peel(raw(number), scratch_); }

 private:
  const LineIndex& index_;
  LineReader reader_;
  std::string_view last_;
  std::string scratch_;
};

}  // namespace fm::logs
