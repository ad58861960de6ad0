// Triage for a terminal at 3 a.m.: cause first, then where, then the few lines, then what to do.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "logs/line_index.h"
#include "logs/log_view.h"
#include "logs/triage.h"

namespace fm::logs {
namespace {

constexpr size_t kWidth = 160;
constexpr size_t kMaxTests = 8;

struct Paint {
  bool on;
  std::string operator()(std::string_view code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

std::string_view confidence_word(double confidence) {
  if (confidence >= 0.8) return "sure";
  if (confidence >= 0.55) return "likely";
  if (confidence >= 0.3) return "a guess";
  return "unclear";
}

std::string words_of(std::string_view category) { return replace_all(std::string(category), "_", " "); }

std::string size_of(size_t lines) {
  std::string digits = std::to_string(lines);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

}  // namespace

std::string render_text(const Triage& triage, std::string_view text, bool colour) {
  const Paint paint{colour};
  std::string out;
  out += fmt::format("{} {}\n", paint("1;31", "✗"), paint("1", triage.cause.summary));
  out += fmt::format(
      "  {} {} {}\n", paint("33", words_of(triage.cause.category)), paint("2", "·"),
      paint("2", fmt::format("{} ({:.0f} %){}", confidence_word(triage.cause.confidence), triage.cause.confidence * 100,
                             triage.cause.rule.empty() ? std::string() : " · rule " + triage.cause.rule)));
  if (triage.step)
    out += fmt::format("  {} {} {}\n", paint("2", "step"), clean_utf8(triage.step->name),
                       paint("2", fmt::format("(lines {}–{})", triage.step->start, triage.step->end)));

  if (!triage.key_lines.empty()) {
    const LineIndex index(text);
    LogView log(index);
    const size_t digits = std::to_string(triage.key_lines.back()).size();
    out += '\n';
    size_t before = 0;
    for (const size_t line : triage.key_lines) {
      if (before != 0 && line != before + 1) out += fmt::format("  {:>{}} {}\n", "", digits, paint("2", "⋮"));
      const std::string said = truncate_utf8(replace_all(clean_utf8(log.plain(line)), "\t", "  "), kWidth);
      out += fmt::format("  {} {} {}\n", paint("36", fmt::format("{:>{}}", line, digits)), paint("2", "│"), said);
      before = line;
    }
  }
  if (!triage.failing_tests.empty()) {
    out += fmt::format("\n{}\n", paint("1", plural(triage.failing_tests.size(), "failing test")));
    for (size_t i = 0; i < triage.failing_tests.size() && i < kMaxTests; ++i)
      out += fmt::format("  {} {}\n", paint("31", "•"), truncate_utf8(triage.failing_tests[i], kWidth));
    if (triage.failing_tests.size() > kMaxTests)
      out += paint("2", fmt::format("  … {} more\n", triage.failing_tests.size() - kMaxTests));
  }
  if (triage.fix) {
    out += fmt::format("\n{} {}\n", paint("1;32", "Fix"), triage.fix->summary);
    for (size_t i = 0; i < triage.fix->steps.size(); ++i)
      out += fmt::format("  {} {}\n", paint("32", fmt::format("{}.", i + 1)), triage.fix->steps[i]);
  }
  size_t shown = 0;
  for (const Block& block : triage.blocks) shown += block.end - block.start + 1;
  out += fmt::format("\n{}\n", paint("2", fmt::format("{} of {} lines matter ({}) · fingerprint {}", size_of(shown),
                                                      size_of(triage.lines), plural(triage.blocks.size(), "block"),
                                                      triage.fingerprint.substr(0, 12))));
  return out;
}

}  // namespace fm::logs
