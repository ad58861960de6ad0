#include "logs/steps.h"

#include <algorithm>

namespace fm::logs {
namespace {

std::optional<Step> by_columns(LogView& log, size_t line) {
  const Peeled here = log.peeled(line);
  if (here.step.empty()) return std::nullopt;
  Step step{std::string(here.step), line, line};
  const std::string_view raw = log.raw(line);
  const std::string prefix(raw.substr(0, static_cast<size_t>(here.step.data() + here.step.size() - raw.data()) + 1));
  while (step.start > 1 && log.raw(step.start - 1).starts_with(prefix)) --step.start;
  while (step.end < log.size() && log.raw(step.end + 1).starts_with(prefix)) ++step.end;
  return step;
}

std::string name_of(std::string_view mark) {
  std::string_view name = mark;
  for (const std::string_view head : {"Run ", "Starting: "}) {
    if (name.starts_with(head)) name.remove_prefix(head.size());
  }
  if (name.starts_with("[Pipeline] { (")) {
    name.remove_prefix(14);
    if (name.ends_with(")")) name.remove_suffix(1);
  }
  const size_t cut = name.find_first_of("\r\x1b");
  return std::string(name.substr(0, std::min<size_t>(cut, 200)));
}

}  // namespace

std::optional<Step> step_of(LogView& log, const Evidence& evidence, size_t line) {
  if (line == 0) return std::nullopt;
  if (auto step = by_columns(log, line)) return step;
  const bool has_runs = std::ranges::any_of(evidence.steps, &StepMark::run);
  const StepMark* last = nullptr;
  size_t end = log.size();
  for (const StepMark& mark : evidence.steps) {
    if (has_runs && !mark.run) continue;
    if (mark.line > line) {
      end = mark.line - 1;
      break;
    }
    last = &mark;
  }
  if (last == nullptr) return std::nullopt;
  for (size_t n = line + 1; n <= end && n <= line + 2000; ++n) {
    if (log.plain(n).starts_with("Post job cleanup")) end = n - 1;
  }
  std::string name = name_of(log.plain(last->line));
  // A script's first line is often no more than "set -euo pipefail": its first command says what the step does.
  for (size_t n = last->line + 1; n <= last->line + 6 && n <= end && name.starts_with("set -"); ++n) {
    const std::string_view next = left_trimmed(log.plain(n));
    if (!next.empty() && !next.starts_with("set -") && !next.starts_with('#')) name = name_of(next);
  }
  while (name.ends_with('\\') || name.ends_with(' ')) name.pop_back();
  if (name.empty()) return std::nullopt;
  return Step{std::move(name), last->line, end};
}

}  // namespace fm::logs
