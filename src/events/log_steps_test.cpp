#include "events/log_steps.h"

#include <gtest/gtest.h>

namespace fm::events {
namespace {

std::vector<LogStep> steps_of(std::string_view log, logs::Triage triage = {}) {
  triage.lines = 1'000'000;
  return find_steps(log, triage);
}

logs::Triage with_error(std::size_t start, std::size_t end) {
  logs::Triage triage;
  triage.blocks.push_back({start, end, logs::BlockKind::error, "why"});
  return triage;
}

TEST(LogSteps, GroupsOfGitHubActions) {
  const auto steps = steps_of(
      "2026-01-02T03:04:05.0000000Z ##[group]Run npm ci\n"
      "2026-01-02T03:04:05.0000000Z npm output\n"
      "2026-01-02T03:04:06.0000000Z ##[endgroup]\n"
      "between\n"
      "2026-01-02T03:04:07.0000000Z ##[group]Run npm test\n"
      "boom\n"
      "2026-01-02T03:04:08.0000000Z ##[endgroup]\n",
      with_error(6, 6));
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].name, "Run npm ci");
  EXPECT_EQ(steps[0].start, 1U);
  EXPECT_EQ(steps[0].end, 3U);
  EXPECT_FALSE(steps[0].failed);
  EXPECT_EQ(steps[1].start, 5U);
  EXPECT_EQ(steps[1].end, 7U);
  EXPECT_TRUE(steps[1].failed);
}

TEST(LogSteps, AnUnclosedGroupEndsWhereTheNextBegins) {
  const auto steps = steps_of("##[group]a\none\n##[group]b\ntwo\n");
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].end, 2U);
  EXPECT_EQ(steps[1].end, 1'000'000U) << "the last one reaches to the end of the log";
}

TEST(LogSteps, NeverOverlapAndNeverMoreThanTwoThousand) {
  std::string log;
  for (int i = 0; i < 3000; ++i) log += "##[group]step\nline\n";
  const auto steps = steps_of(log);
  ASSERT_EQ(steps.size(), 2000U);
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_GT(steps[i].start, steps[i - 1].end);
  EXPECT_EQ(steps[1999].start, 3999U);
  EXPECT_EQ(steps[1999].end, 4000U) << "closed where the first one left out begins";
}

TEST(LogSteps, StrayEndsAndWordsThatOnlyLookLikeMarkers) {
  EXPECT_TRUE(steps_of("##[endgroup]\nthe word group] alone\n::endgroup::\nsection_ nothing\n").empty());
  EXPECT_TRUE(steps_of("").empty());
  EXPECT_TRUE(steps_of("\n\n\n").empty());
}

TEST(LogSteps, AnErrorThatReachesIntoAGroupMarksIt) {
  const char* log = "##[group]a\nx\n##[endgroup]\n##[group]b\ny\n##[endgroup]\n";
  EXPECT_TRUE(steps_of(log, with_error(3, 4))[0].failed);
  EXPECT_TRUE(steps_of(log, with_error(3, 4))[1].failed);
  logs::Triage context_only;
  context_only.blocks.push_back({2, 2, logs::BlockKind::context, ""});
  EXPECT_FALSE(steps_of(log, context_only)[0].failed);
  logs::Triage by_step;
  by_step.step = logs::Step{"b", 5, 6};
  EXPECT_FALSE(steps_of(log, by_step)[0].failed);
  EXPECT_TRUE(steps_of(log, by_step)[1].failed);
}

TEST(LogSteps, NamesAreShortAndValid) {
  const auto steps = steps_of("##[group]\xff" + std::string(1000, 'n') + "\n");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_LE(steps[0].name.size(), 200U);
  EXPECT_TRUE(steps[0].name.starts_with("\xEF\xBF\xBD")) << steps[0].name;
}

}  // namespace
}  // namespace fm::events
