#include "logs/rules.h"

#include <gtest/gtest.h>

namespace fm::logs {
namespace {

RuleSource rule(std::string id, std::string match) {
  RuleSource source;
  source.id = std::move(id);
  source.category = "compile_error";
  source.tool = "any";
  source.match = {std::move(match)};
  source.cause = "It broke.";
  source.fix = "Mend it.";
  return source;
}

std::vector<size_t> matches(const RuleSet& rules, std::string_view line) {
  RuleSet::Scan scan;
  rules.scan(line, scan);
  std::vector<size_t> matched;
  rules.match_line(line, scan, matched);
  return matched;
}

std::string message_of(const Result<RuleSet>& result) { return result ? std::string("built") : result.error().full(); }

TEST(Rules, MatchThroughTheLiteralsOfTheirExpressions) {
  auto missing = rule("missing", "No module named '(?P<module>[^']+)'");
  auto either = rule("either", "(?i)disk (full|quota) (?P<where>\\S+)");
  either.none_of = {"^warning"};
  const auto rules = RuleSet::build({missing, either});
  ASSERT_TRUE(rules) << message_of(rules);
  EXPECT_EQ(matches(*rules, "E: No module named 'yaml'"), std::vector<size_t>{0});
  EXPECT_EQ(matches(*rules, "DISK QUOTA /var"), std::vector<size_t>{1});
  EXPECT_EQ(matches(*rules, "warning: disk full /var"), std::vector<size_t>{});
  EXPECT_EQ(matches(*rules, "no module here"), std::vector<size_t>{});
  EXPECT_EQ(rules->captures(0, "No module named 'yaml'").at("module"), "yaml");
  EXPECT_EQ(rules->captures(1, "disk full /var").at("where"), "/var");
}

TEST(Rules, AcceptBothWaysToWriteACodePoint) {
  const auto rules = RuleSet::build({rule("short", "FAIL \\u2716"), rule("long", "FAIL \\x{2716}")});
  ASSERT_TRUE(rules) << message_of(rules);
  EXPECT_EQ(matches(*rules, "py311: FAIL \xE2\x9C\x96"), (std::vector<size_t>{0, 1}));
}

TEST(Rules, FillCaptures) {
  const Captures captures = {{"module", "yaml"}, {"empty", ""}};
  EXPECT_EQ(fill_captures("Install {module}, {empty} {other} {not a name} {}", captures),
            "Install yaml, {not a name} {}");
}

TEST(Rules, RefuseWhatCannotWork) {
  auto bad = rule("bad", "(unclosed text");
  EXPECT_NE(message_of(RuleSet::build({bad})).find("rule 'bad', match"), std::string::npos);
  auto slow = rule("slow", "\\d+.*");
  EXPECT_NE(message_of(RuleSet::build({slow})).find("fixed text"), std::string::npos);
  EXPECT_NE(message_of(RuleSet::build({rule("twice", "text"), rule("twice", "other")})).find("used by an earlier rule"),
            std::string::npos);
  auto category = rule("category", "text");
  category.category = "weather";
  EXPECT_NE(message_of(RuleSet::build({category})).find("'weather' is no category"), std::string::npos);
  auto capture = rule("capture", "text (?P<name>x)");
  capture.steps = {"use {nmae}"};
  EXPECT_NE(message_of(RuleSet::build({capture})).find("is no named group"), std::string::npos);
  auto all_of = rule("all", "text");
  all_of.all_of = {"["};
  EXPECT_NE(message_of(RuleSet::build({all_of})).find("all_of"), std::string::npos);
}

TEST(Rules, AnEmptySetStillKnowsWordsOfFailure) {
  const RuleSet none;
  RuleSet::Scan scan;
  none.scan("thread 'main' panicked at src/main.rs:3", scan);
  EXPECT_TRUE(scan.signal);
  none.scan("all is well", scan);
  EXPECT_FALSE(scan.signal);
}

constexpr std::string_view kGood = R"(rules:
  - id: one
    category: disk_full
    tool: any
    match: ["No space left on device"]
    priority: 70
    cause: "The disk is full."
    fix: "Make room."
    steps: ["df -h"]
    matches: ["a", "b", "c"]
    near_misses: ["d", "e"]
)";

TEST(RulesYaml, ReadsARule) {
  const auto rules = parse_rules(kGood, "good.yaml");
  ASSERT_TRUE(rules) << rules.error().full();
  ASSERT_EQ(rules->size(), 1U);
  EXPECT_EQ((*rules)[0].id, "one");
  EXPECT_EQ((*rules)[0].priority, 70);
  EXPECT_EQ((*rules)[0].matches.size(), 3U);
  EXPECT_EQ((*rules)[0].file, "good.yaml");
}

TEST(RulesYaml, NamesFileRuleAndFieldOfAMistake) {
  struct Case {
    std::string_view from, to, says;
  };
  const Case cases[] = {
      {"category: disk_full", "category: moon", "bad.yaml: rule 'one', category"},
      {"cause: \"The disk is full.\"", "", "bad.yaml: rule 'one', cause: is missing"},
      {"priority: 70", "priority: 300", "rule 'one', priority"},
      {"match: [\"No space left on device\"]", "match: []", "rule 'one', match"},
      {"match: [\"No space left on device\"]", "match: text", "rule 'one', match: must be a list"},
      {"tool: any", "tol: any", "rule 'one', tol: is no field"},
      {"- id: one", "- id: \"\"", "rule '#1', id"},
      {"rules:", "ruels:", "bad.yaml: needs a list named 'rules'"},
      {"steps: [\"df -h\"]", "steps: [\"df -h\"", "bad.yaml: line"},
  };
  for (const Case& each : cases) {
    std::string yaml(kGood);
    yaml.replace(yaml.find(each.from), each.from.size(), each.to);
    const auto rules = parse_rules(yaml, "bad.yaml");
    ASSERT_FALSE(rules) << each.to;
    EXPECT_NE(rules.error().full().find(each.says), std::string::npos) << rules.error().full();
  }
}

}  // namespace
}  // namespace fm::logs
