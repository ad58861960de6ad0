#include "logs/passing_diff.h"

#include <string>

#include "logs/envelope.h"
#include "logs/line_index.h"
#include "logs/mask.h"

namespace fm::logs {

PassingLines::PassingLines(std::string_view passing_log) : table_(1024), mask_(1023) {
  LineReader reader(passing_log);
  std::string_view line;
  std::string scratch;
  while (reader.next(line)) insert(masked_hash(peel(line, scratch).text));
}

void PassingLines::insert(std::uint64_t masked) {
  if (knows(masked)) return;
  if (++used_ * 2 > table_.size()) grow();
  size_t at = masked & mask_;
  while (table_[at] != 0) at = (at + 1) & mask_;
  table_[at] = masked;
}

void PassingLines::grow() {
  std::vector<std::uint64_t> old(table_.size() * 4);
  old.swap(table_);
  mask_ = table_.size() - 1;
  for (const std::uint64_t masked : old) {
    if (masked == 0) continue;
    size_t at = masked & mask_;
    while (table_[at] != 0) at = (at + 1) & mask_;
    table_[at] = masked;
  }
}

}  // namespace fm::logs
