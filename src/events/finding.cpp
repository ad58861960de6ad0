#include "events/finding.h"

namespace fm::events {

std::string_view to_string(LogState state) {
  switch (state) {
    case LogState::stored:
      return "stored";
    case LogState::missing:
      return "missing";
    case LogState::expired:
      return "expired";
  }
  return "missing";
}

json::array to_json(const std::vector<Suspect>& suspects) {
  json::array out;
  for (const Suspect& s : suspects) {
    out.push_back({{"sha", s.sha},
                   {"author", s.author},
                   {"message", s.message},
                   {"url", text_or_null(s.url)},
                   {"score", s.score},
                   {"why", s.why}});
  }
  return out;
}

json::array to_json(const std::vector<KeyLine>& lines) {
  json::array out;
  for (const KeyLine& line : lines)
    out.push_back({{"n", line.n}, {"text", line.text}, {"mark", text_or_null(line.mark)}});
  return out;
}

json::array to_json(const std::vector<LogStep>& steps) {
  json::array out;
  for (const LogStep& step : steps)
    out.push_back({{"name", step.name}, {"start", step.start}, {"end", step.end}, {"failed", step.failed}});
  return out;
}

json::array to_json(const std::vector<logs::Block>& blocks) {
  json::array out;
  for (const logs::Block& block : blocks) {
    out.push_back(
        {{"start", block.start}, {"end", block.end}, {"kind", logs::to_string(block.kind)}, {"why", block.why}});
  }
  return out;
}

json::array to_json(const std::vector<std::pair<std::size_t, std::size_t>>& ranges) {
  json::array out;
  for (const auto& [first, last] : ranges) out.push_back({first, last});
  return out;
}

json::object to_json(const logs::Fix& fix) {
  json::array steps;
  for (const std::string& step : fix.steps) steps.emplace_back(step);
  return {{"summary", fix.summary}, {"steps", std::move(steps)}};
}

std::vector<Suspect> suspects_from_json(const json::value& value) {
  std::vector<Suspect> out;
  if (!value.is_array()) return out;
  for (const json::value& item : value.get_array()) {
    const json::value* score = find(item, "score");
    out.push_back({text_at(item, "sha"), text_at(item, "author"), text_at(item, "message"), text_at(item, "url"),
                   score != nullptr && score->is_number() ? score->to_number<double>() : 0.0, text_at(item, "why")});
  }
  return out;
}

logs::Fix fix_from_json(const json::value& value) {
  logs::Fix fix{text_at(value, "summary"), {}};
  for (const json::value& step : array_at(value, "steps")) {
    if (step.is_string()) fix.steps.emplace_back(step.get_string());
  }
  return fix;
}

}  // namespace fm::events
