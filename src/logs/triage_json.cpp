// Triage as JSON, for the command and the API.
#include "base/text.h"
#include "logs/triage.h"

namespace fm::logs {

json::object to_json(const Triage& triage) {
  json::array blocks;
  for (const Block& block : triage.blocks) {
    blocks.push_back(
        json::object{{"start", block.start}, {"end", block.end}, {"kind", to_string(block.kind)}, {"why", block.why}});
  }
  json::value step = nullptr;
  if (triage.step)
    step =
        json::object{{"name", clean_utf8(triage.step->name)}, {"start", triage.step->start}, {"end", triage.step->end}};
  json::value fix = nullptr;
  if (triage.fix)
    fix = json::object{{"summary", triage.fix->summary},
                       {"steps", json::array(triage.fix->steps.begin(), triage.fix->steps.end())}};
  return json::object{
      {"lines", triage.lines},
      {"blocks", std::move(blocks)},
      {"cause", json::object{{"summary", triage.cause.summary},
                             {"category", triage.cause.category},
                             {"confidence", triage.cause.confidence},
                             {"rule", text_or_null(triage.cause.rule)}}},
      {"step", std::move(step)},
      {"fix", std::move(fix)},
      {"fingerprint", triage.fingerprint},
      {"key_lines", json::array(triage.key_lines.begin(), triage.key_lines.end())},
      {"failing_tests", json::array(triage.failing_tests.begin(), triage.failing_tests.end())},
  };
}

}  // namespace fm::logs
