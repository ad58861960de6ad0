#include "events/log_steps.h"

#include <algorithm>

#include "base/text.h"
#include "logs/envelope.h"
#include "logs/line_index.h"

namespace fm::events {
namespace {

constexpr std::size_t kMaxSteps = 2000;

bool holds_error(const LogStep& step, const logs::Triage& triage) {
  if (triage.step && triage.step->start >= step.start && triage.step->start <= step.end) return true;
  return std::any_of(triage.blocks.begin(), triage.blocks.end(), [&](const logs::Block& block) {
    return block.kind == logs::BlockKind::error && block.start <= step.end && block.end >= step.start;
  });
}

}  // namespace

std::vector<LogStep> find_steps(std::string_view log, const logs::Triage& triage) {
  std::vector<LogStep> steps;
  bool open = false;
  logs::LineReader reader(log);
  std::string scratch;
  std::string_view line;
  while (reader.next(line)) {
    // Groups are rare: most lines hold no marker and are not looked at further.
    if (line.find("group]") == std::string_view::npos && line.find("group::") == std::string_view::npos &&
        line.find("section_") == std::string_view::npos)
      continue;
    const logs::Peeled peeled = logs::peel(line, scratch);
    if (peeled.marker == logs::Marker::group) {
      if (open) steps.back().end = reader.number() - 1;
      open = false;
      if (steps.size() == kMaxSteps) break;
      steps.push_back({truncate_utf8(clean_utf8(peeled.text), 200), reader.number(), reader.number(), false});
      open = true;
    } else if (peeled.marker == logs::Marker::endgroup && open) {
      steps.back().end = reader.number();
      open = false;
    }
  }
  if (open) steps.back().end = std::max(steps.back().end, triage.lines);
  for (LogStep& step : steps) step.failed = holds_error(step, triage);
  return steps;
}

}  // namespace fm::events
