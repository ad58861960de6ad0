// Rules from YAML. Exceptions of yaml-cpp end here.
#include <array>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "logs/rules.h"

namespace fm::logs {
namespace {

struct Reader {
  std::string_view file;
  std::string rule;  // id, or "#3" until it is known

  std::unexpected<Error> wrong(std::string_view field, std::string_view what) const {
    return fail(Code::invalid, fmt::format("{}: rule '{}', {}: {}", file, rule, field, what));
  }

  Result<std::string> text(const YAML::Node& node, std::string_view field, bool required) const {
    const YAML::Node value = node[std::string(field)];
    if (!value || value.IsNull()) {
      if (required) return wrong(field, "is missing");
      return std::string();
    }
    if (!value.IsScalar()) return wrong(field, "must be a text");
    if (required && value.Scalar().empty()) return wrong(field, "is empty");
    return value.Scalar();
  }

  Result<std::vector<std::string>> list(const YAML::Node& node, std::string_view field, size_t at_least) const {
    const YAML::Node value = node[std::string(field)];
    std::vector<std::string> items;
    if (value && !value.IsNull()) {
      if (!value.IsSequence()) return wrong(field, "must be a list of texts");
      for (const YAML::Node& item : value) {
        if (!item.IsScalar()) return wrong(field, "must be a list of texts");
        items.push_back(item.Scalar());
      }
    }
    if (items.size() < at_least) return wrong(field, fmt::format("needs at least {}", at_least));
    return items;
  }
};

constexpr std::array<std::string_view, 12> kFields = {"id",     "category", "tool",     "match",
                                                      "all_of", "none_of",  "priority", "cause",
                                                      "fix",    "steps",    "matches",  "near_misses"};

Result<RuleSource> read_rule(const YAML::Node& node, Reader& reader) {
  if (!node.IsMap()) return reader.wrong("rule", "must be a map of fields");
  RuleSource rule;
  rule.file = std::string(reader.file);
  TRY(rule.id, reader.text(node, "id", true));
  reader.rule = rule.id;
  for (const auto& field : node) {
    const std::string name = field.first.IsScalar() ? field.first.Scalar() : "?";
    bool known = false;
    for (const std::string_view each : kFields) known = known || each == name;
    if (!known) return reader.wrong(name, "is no field of a rule");
  }
  TRY(rule.category, reader.text(node, "category", true));
  if (!is_category(rule.category))
    return reader.wrong("category", fmt::format("'{}' is none of the known ones", rule.category));
  TRY(rule.tool, reader.text(node, "tool", true));
  TRY(rule.match, reader.list(node, "match", 1));
  TRY(rule.all_of, reader.list(node, "all_of", 0));
  TRY(rule.none_of, reader.list(node, "none_of", 0));
  if (const YAML::Node priority = node["priority"]) {
    if (!YAML::convert<int>::decode(priority, rule.priority) || rule.priority < 0 || rule.priority > 100) {
      return reader.wrong("priority", "must be a number from 0 to 100");
    }
  }
  TRY(rule.cause, reader.text(node, "cause", true));
  TRY(rule.fix, reader.text(node, "fix", true));
  TRY(rule.steps, reader.list(node, "steps", 0));
  TRY(rule.matches, reader.list(node, "matches", 0));
  TRY(rule.near_misses, reader.list(node, "near_misses", 0));
  return rule;
}

}  // namespace

Result<std::vector<RuleSource>> parse_rules(std::string_view yaml, std::string_view file) {
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap() || !root["rules"] || !root["rules"].IsSequence()) {
      return fail(Code::invalid, fmt::format("{}: needs a list named 'rules'", file));
    }
    std::vector<RuleSource> rules;
    for (const YAML::Node& node : root["rules"]) {
      Reader reader{file, fmt::format("#{}", rules.size() + 1)};
      TRY(auto rule, read_rule(node, reader));
      rules.push_back(std::move(rule));
    }
    return rules;
  } catch (const YAML::Exception& error) {
    return fail(Code::invalid, fmt::format("{}: line {}: {}", file, error.mark.line + 1, error.msg));
  }
}

}  // namespace fm::logs
