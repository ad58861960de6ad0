#include "logs/evidence.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "logs/envelope.h"
#include "logs/mask.h"

namespace fm::logs {
namespace {

constexpr size_t kMaxRepeats = 400;  // of one template of a hit
constexpr size_t kMaxFresh = 2'000'000;
constexpr size_t kMaxRuleLines = 200'000;  // lines on which expressions are run
constexpr size_t kLongLine = 16 << 10;     // bytes of a line that are looked at

bool is_run_mark(std::string_view text) {
  return text.starts_with("Run ") || text.starts_with("Starting: ") || text.starts_with("step_") ||
         text.starts_with("Post ");
}

/// Rules see a line without its marker; an annotation also with it, for rules that ask for the marker. A warning is no
/// cause unless a rule takes it as one by its marked form; echoed commands and group titles are none at all.
void match_rules(const RuleSet& rules, const Peeled& line, size_t number, RuleSet::Scan& scan,
                 std::vector<RuleHit>& found) {
  if (line.marker == Marker::group || line.marker == Marker::endgroup || line.marker == Marker::command ||
      line.marker == Marker::debug)
    return;
  std::vector<size_t> matched;
  if (line.marker == Marker::none || line.marker == Marker::error) {
    rules.match_line(line.text.substr(0, kLongLine), scan, matched);
    for (const size_t rule : matched) found.push_back({number, rule});
  }
  if (line.marker == Marker::none) return;
  const size_t plain = found.size() - matched.size();
  rules.scan(line.marked.substr(0, kLongLine), scan);
  rules.match_line(line.marked.substr(0, kLongLine), scan, matched);
  for (const size_t rule : matched) {
    const bool again = std::ranges::any_of(found.begin() + static_cast<std::ptrdiff_t>(plain), found.end(),
                                           [rule](const RuleHit& hit) { return hit.rule == rule; });
    if (!again) found.push_back({number, rule});
  }
}

}  // namespace

Evidence collect_evidence(LineIndex& index, const RuleSet& rules, const PassingLines* passing) {
  Evidence evidence;
  evidence.compared = passing != nullptr;
  std::unordered_map<std::uint64_t, size_t> repeats;
  RuleSet::Scan scan;
  std::string scratch;
  size_t rule_lines = 0;

  LineReader reader(index.text());
  std::string_view line;
  for (size_t offset = 0; reader.next(line); offset = reader.offset()) {
    const size_t number = reader.number();
    index.add(number, offset);
    const Peeled peeled = peel(line, scratch);
    const std::string_view text = peeled.text.substr(0, kLongLine);
    if (peeled.marker == Marker::group) evidence.steps.push_back({number, is_run_mark(text)});
    if (text.starts_with("[Pipeline] { (")) evidence.steps.push_back({number, true});

    rules.scan(text, scan);
    const bool signal =
        scan.signal || peeled.marker == Marker::error || text.starts_with("E  ") || text.starts_with("__");
    LineClass is = signal ? classify_line(text, peeled.marker) : LineClass{};
    if (!scan.literals.empty() && rule_lines < kMaxRuleLines) {
      ++rule_lines;
      match_rules(rules, peeled, number, scan, evidence.rules);
    }
    std::uint64_t masked = 0;
    bool known = false;
    if (is.kind != LineKind::none || passing != nullptr) {
      masked = masked_hash(text);
      known = passing != nullptr && passing->knows(masked);
    }
    if (is.kind != LineKind::none && ++repeats[masked] <= kMaxRepeats) {
      evidence.hits.push_back({number, is, masked, known, peeled.marker == Marker::error});
    }
    if (passing != nullptr && !known && evidence.fresh.size() < kMaxFresh && !is_routine(text))
      evidence.fresh.push_back(number);
  }
  return evidence;
}

}  // namespace fm::logs
