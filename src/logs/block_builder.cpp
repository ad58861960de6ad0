#include "logs/block_builder.h"

#include <algorithm>

#include "logs/mask.h"

namespace fm::logs {
namespace {

constexpr int kStrong = 55;      // a line of this weight begins a block
constexpr int kWeak = 30;        // a line of this weight goes on with one
constexpr size_t kMaxTail = 24;  // lines that go on with a message without a word of failure

size_t indent_of(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t");
  return at == std::string_view::npos ? text.size() : at;
}

/// Source excerpts, carets, "= note:", "| …", "--> file", "symbol: …".
bool is_gutter(std::string_view text) {
  const std::string_view t = left_trimmed(text);
  if (t.empty()) return false;
  if (t[0] == '|' || t[0] == '^' || t[0] == '~' || t[0] == '>' || t.starts_with("-->") || t.starts_with("= ") ||
      t.starts_with("...") || t.starts_with("\xE2\x94")) {
    return !is_routine(t);
  }
  size_t digits = 0;
  while (digits < t.size() && t[digits] >= '0' && t[digits] <= '9') ++digits;
  const std::string_view after = digits == 0 ? std::string_view{} : left_trimmed(t.substr(digits));
  return !after.empty() && after[0] == '|';
}

class Builder {
 public:
  Builder(LogView& log, const Evidence& evidence) : log_(log), evidence_(evidence) {}

  std::vector<FailureBlock> build() {
    const auto& hits = evidence_.hits;
    for (size_t h = 0; h < hits.size(); ++h) {
      const Hit& hit = hits[h];
      if (hit.line <= covered_ || !begins_block(hit)) continue;
      FailureBlock block = begin(hit);
      if (hit.is.weight < kStrong && !block.trace) continue;  // a frame of nothing
      grow_up(block);
      grow_down(block, h);
      covered_ = block.end;
      add(std::move(block));
    }
    return std::move(blocks_);
  }

 private:
  bool is_fresh(size_t line) const { return evidence_.compared && std::ranges::binary_search(evidence_.fresh, line); }

  bool begins_block(const Hit& hit) const {
    if (hit.known && !hit.annotated) return false;
    if (hit.is.kind == LineKind::warning) return false;
    return hit.is.weight >= kStrong || hit.is.kind == LineKind::trace;
  }

  FailureBlock begin(const Hit& hit) {
    FailureBlock block;
    block.start = block.end = block.key_line = hit.line;
    block.kind = hit.is.kind;
    block.weight = hit.is.weight;
    block.strong_lines = 1;
    take_trace(block, hit);
    return block;
  }

  /// A traceback that the line begins or lies in becomes part of the block.
  void take_trace(FailureBlock& block, const Hit& hit) {
    if (hit.is.kind != LineKind::trace && hit.is.kind != LineKind::exception && hit.is.kind != LineKind::error) return;
    auto trace = traceback_at(log_, hit.line, covered_);
    if (!trace) return;
    block.start = std::min(block.start, trace->start);
    block.end = std::max(block.end, trace->end);
    const bool larger = !block.trace || trace->end - trace->start > block.trace->end - block.trace->start;
    if (!larger) return;
    block.weight = std::max(block.weight, 74);
    block.kind = LineKind::trace;
    block.key_line = trace->exception_line;
    block.trace = std::move(trace);
  }

  /// Up over new lines of the same message, and over pytest's excerpt of the failing code.
  void grow_up(FailureBlock& block) {
    for (size_t n = block.start - 1; n > covered_ && block.end - n <= kMaxTail; --n) {
      const std::string_view text = log_.plain(n);
      const Level level = level_of(text);
      if (!is_fresh(n) || left_trimmed(text).empty() || level == Level::info || level == Level::debug) break;
      block.start = n;
    }
    if (!log_.plain(block.key_line).starts_with("E  ")) return;
    for (size_t n = block.start - 1; n > covered_ && block.key_line - n <= 8; --n) {
      const std::string_view text = log_.plain(n);
      if (left_trimmed(text).empty()) break;
      block.start = n;
      if (text.starts_with("__")) break;
    }
  }

  /// Down over what goes on with the block: its hits, its indented and gutter lines, new lines beside it.
  void grow_down(FailureBlock& block, size_t h) {
    const auto& hits = evidence_.hits;
    size_t tail = 0;
    size_t indent = indent_of(log_.plain(block.key_line));
    for (size_t at = block.end + 1; at <= log_.size(); at = block.end + 1) {
      while (h < hits.size() && hits[h].line < at) ++h;
      const size_t gap_to_hit = h < hits.size() ? hits[h].line - at : 1000;
      if (gap_to_hit <= 1 && joins(hits[h])) {
        const Hit& hit = hits[h];
        block.end = hit.line;
        block.strong_lines += hit.is.weight >= kStrong ? 1 : 0;
        if (hit.is.weight >= kStrong) indent = indent_of(log_.plain(hit.line));
        if (hit.is.weight > block.weight) {
          block.weight = hit.is.weight;
          block.kind = hit.is.kind;
          block.key_line = hit.line;
        }
        take_trace(block, hit);
        tail = 0;
        continue;
      }
      if (tail >= kMaxTail) break;
      const size_t next = continuation(at, indent);
      if (next == 0) break;
      tail += next - block.end;
      block.end = next;
    }
    while (block.end > block.start && left_trimmed(log_.plain(block.end)).empty()) --block.end;
  }

  bool joins(const Hit& hit) {
    if (hit.is.kind == LineKind::warning) return false;
    if (hit.known && hit.is.weight < 60) return false;
    if (log_.plain(hit.line).starts_with("__")) return false;  // the next test's heading
    return hit.is.weight >= kWeak || hit.is.kind == LineKind::trace;
  }

  /// The line up to which the message at the line before goes on, or 0.
  size_t continuation(size_t at, size_t indent) {
    const bool blank = left_trimmed(log_.plain(at)).empty();
    const size_t line = blank ? at + 1 : at;
    if (line > log_.size()) return 0;
    const Peeled peeled = log_.peeled(line);
    if (peeled.marker != Marker::none) return 0;
    const std::string text(peeled.text.substr(0, 400));
    if (left_trimmed(text).empty() || text.starts_with("__")) return 0;
    const Level level = level_of(text);
    if (level == Level::info || level == Level::warning || level == Level::debug) return 0;
    if (is_gutter(text) || (blank && is_pytest_place(at - 1, text))) return line;
    if (is_fresh(line)) return line;
    return indent_of(text) > indent ? line : 0;
  }

  /// "tests/test_a.py:41: KeyError" under the "E   …" lines.
  bool is_pytest_place(size_t before, std::string_view text) {
    const size_t colon = text.find(".py:");
    return colon != std::string_view::npos && text.find(' ') > colon && log_.plain(before).starts_with("E  ");
  }

  /// Blocks that touch are one, but for pytest's reports of single tests.
  void add(FailureBlock block) {
    if (blocks_.empty() || block.start > blocks_.back().end + 1 || log_.plain(block.start).starts_with("__")) {
      blocks_.push_back(std::move(block));
      return;
    }
    FailureBlock& last = blocks_.back();
    last.end = block.end;
    last.strong_lines += block.strong_lines;
    if (block.weight > last.weight) {
      last.weight = block.weight;
      last.kind = block.kind;
      last.key_line = block.key_line;
    }
    if (!last.trace) last.trace = std::move(block.trace);
  }

  LogView& log_;
  const Evidence& evidence_;
  size_t covered_ = 0;
  std::vector<FailureBlock> blocks_;
};

}  // namespace

std::vector<FailureBlock> build_blocks(LogView& log, const Evidence& evidence) {
  return Builder(log, evidence).build();
}

size_t last_words(LogView& log, size_t start, size_t end, size_t otherwise) {
  for (size_t n = end; n >= start && n > 0; --n) {
    const Peeled line = log.peeled(n);
    if (line.marker != Marker::none || left_trimmed(line.text).empty() || is_routine(line.text)) continue;
    if (level_of(line.text) == Level::info || classify_line(line.text).kind == LineKind::exit) continue;
    return n;
  }
  return otherwise;
}

}  // namespace fm::logs
