// Every rule of the library against its own excerpts, alone and among all others.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "logs/rules.h"
#include "logs/triage.h"

namespace fm::logs {
namespace {

std::vector<RuleSource> library() {
  std::vector<RuleSource> rules;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(FM_SOURCE_DIR) / "data" / "rules")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    auto some = parse_rules(text, entry.path().filename().string());
    EXPECT_TRUE(some) << (some ? "" : some.error().full());
    if (some) std::ranges::move(*some, std::back_inserter(rules));
  }
  return rules;
}

class RuleLibrary : public testing::Test {
 protected:
  void SetUp() override {
    sources_ = library();
    auto built = RuleSet::build(sources_);
    ASSERT_TRUE(built) << built.error().full();
    rules_ = *std::move(built);
  }

  std::vector<RuleSource> sources_;
  RuleSet rules_;
};

TEST_F(RuleLibrary, IsLargeAndCoversEveryCategory) {
  EXPECT_GE(sources_.size(), 120U);
  std::map<std::string_view, size_t> by_category;
  for (const RuleSource& rule : sources_) ++by_category[rule.category];
  for (const std::string_view category : categories()) {
    if (category != "unknown") {
      EXPECT_GE(by_category[category], 1U) << category;
    }
  }
}

TEST_F(RuleLibrary, EachRuleHasThreeExcerptsAndTwoNearMisses) {
  for (const RuleSource& rule : sources_) {
    EXPECT_GE(rule.matches.size(), 3U) << rule.file << ": " << rule.id;
    EXPECT_GE(rule.near_misses.size(), 2U) << rule.file << ": " << rule.id;
  }
}

TEST_F(RuleLibrary, EachRuleWinsInItsExcerpts) {
  for (const RuleSource& rule : sources_) {
    for (const std::string& excerpt : rule.matches) {
      const Triage answer = triage(excerpt, std::nullopt, rules_);
      EXPECT_EQ(answer.cause.rule, rule.id) << rule.file << "\n" << excerpt << "\ncause: " << answer.cause.summary;
    }
  }
}

TEST_F(RuleLibrary, NoRuleMatchesItsNearMisses) {
  for (const RuleSource& rule : sources_) {
    const auto alone = RuleSet::build({rule});
    ASSERT_TRUE(alone) << alone.error().full();
    for (const std::string& excerpt : rule.near_misses) {
      EXPECT_NE(triage(excerpt, std::nullopt, *alone).cause.rule, rule.id) << rule.file << "\n" << excerpt;
    }
  }
}

}  // namespace
}  // namespace fm::logs
