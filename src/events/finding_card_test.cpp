#include "events/finding_card.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/text.h"
#include "events/finding.h"

namespace fm::events {
namespace {

OccurrenceRow occurrence(std::string id, std::string job) {
  OccurrenceRow row;
  row.id = std::move(id);
  row.failure_id = "fail_1";
  row.repository = "acme/web";
  row.workflow = "CI";
  row.job = std::move(job);
  row.branch = "main";
  row.sha = "0123456789abcdef";
  row.url = "https://github.com/acme/web/actions/runs/1/job/2";
  row.state = "failed";
  row.step = "Run tests";
  row.category = "test_assertion";
  row.cause = "KeyError: 'price'";
  row.confidence = 0.874;
  row.started_at = 1'000'000;
  row.completed_at = 1'090'000;
  row.log_state = "stored";
  row.fix = R"({"summary":"Add the price","steps":["one","two"]})";
  row.key_lines =
      R"([{"n":4,"text":"a","mark":"error"},{"n":5,"text":"b","mark":null},{"n":9,"text":"c","mark":null}])";
  row.suspects = fm::to_json(json::value(to_json(std::vector<Suspect>{{"s1", "ada", "m1", "u1", 0.9, "w1"},
                                                                      {"s2", "", "m2", "", 0.5, "w2"},
                                                                      {"s3", "", "m3", "", 0.4, "w3"},
                                                                      {"s4", "", "m4", "", 0.1, "w4"}})));
  return row;
}

std::string fact(const notify::Card& card, std::string_view name) {
  const auto found =
      std::find_if(card.facts.begin(), card.facts.end(), [&](const auto& one) { return one.name == name; });
  return found == card.facts.end() ? "(none)" : found->value;
}

CardContext context() {
  CardContext out;
  out.public_url = "http://fm.example";
  out.commit_title = "Fix the cart";
  out.actor = "ada";
  out.now = 100'000'000;
  out.first_seen = 100'000'000 - 7'200'000;
  return out;
}

TEST(FindingCard, SaysWhatAPersonNeeds) {
  CardContext with = context();
  with.seen = 4;
  with.redactions = 2;
  const notify::Card card = make_card({occurrence("occ_1", "test")}, with);
  EXPECT_EQ(card.title, "acme/web · CI · main");
  EXPECT_EQ(card.url, "http://fm.example/occurrences/occ_1");
  EXPECT_EQ(fact(card, "Job"), "test");
  EXPECT_EQ(fact(card, "Failed step"), "Run tests");
  EXPECT_EQ(fact(card, "Commit"), "0123456 by ada: Fix the cart");
  EXPECT_EQ(fact(card, "Kind"), "test assertion (87 % sure)");
  EXPECT_EQ(fact(card, "Seen"), "4 times, first 2 h ago");
  EXPECT_EQ(fact(card, "Ran for"), human_duration_ms(90'000));
  EXPECT_EQ(card.cause, "KeyError: 'price'");
  EXPECT_EQ(card.code, "a\nb\n⋮\nc\n");
  EXPECT_EQ(card.fix, "Add the price");
  EXPECT_EQ(card.fix_steps, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(card.recurrence, "Seen 4 times, first 2 h ago");
  ASSERT_EQ(card.suspects.size(), 3U) << "no more than three";
  EXPECT_EQ(card.suspects[0].sha, "s1");
  EXPECT_EQ(card.suspects[0].why, "w1");
  ASSERT_EQ(card.links.size(), 2U);
  EXPECT_EQ(card.links[0].url, card.url);
  EXPECT_EQ(card.footer, "No language model used · 2 secrets redacted");
  EXPECT_TRUE(card.jobs.empty()) << "one job needs no list";
  EXPECT_LE(card.facts.size(), 10U);
  EXPECT_EQ(card.state, notify::CardState::failing);
}

TEST(FindingCard, SaysNothingOfWhatIsNotKnown) {
  OccurrenceRow row = occurrence("occ_1", "test");
  row.branch = row.step = row.sha = row.url = row.fix = row.suspects = row.key_lines = "";
  row.started_at = 0;
  row.log_state = "missing";
  CardContext none;
  const notify::Card card = make_card({row}, none);
  EXPECT_EQ(card.title, "acme/web · CI");
  EXPECT_EQ(card.url, "");
  EXPECT_EQ(fact(card, "Failed step"), "(none)");
  EXPECT_EQ(fact(card, "Commit"), "(none)");
  EXPECT_EQ(fact(card, "Ran for"), "(none)");
  EXPECT_EQ(fact(card, "Seen"), "first time");
  EXPECT_EQ(card.code, "");
  EXPECT_EQ(card.recurrence, "");
  EXPECT_TRUE(card.links.empty());
  EXPECT_EQ(card.footer, "No language model used · log not available");
}

TEST(FindingCard, ListsAllJobsOfARun) {
  OccurrenceRow second = occurrence("occ_2", "lint");
  second.state = "recovered";
  second.cause = "unused import";
  const notify::Card card = make_card({occurrence("occ_1", "test"), second}, context());
  ASSERT_EQ(card.jobs.size(), 2U);
  EXPECT_EQ(card.jobs[0].name, "test");
  EXPECT_EQ(card.jobs[0].state, notify::CardState::failing);
  EXPECT_EQ(card.jobs[1].note, "unused import");
  EXPECT_EQ(card.jobs[1].state, notify::CardState::recovered);
  EXPECT_EQ(card.jobs[1].url, "http://fm.example/occurrences/occ_2");
}

TEST(FindingCard, DamagedColumnsDoNotStopIt) {
  OccurrenceRow row = occurrence("occ_1", "test");
  row.fix = "{";
  row.suspects = R"({"no":"array"})";
  row.key_lines = R"("text")";
  const notify::Card card = make_card({row}, context());
  EXPECT_EQ(card.cause, "KeyError: 'price'");
  EXPECT_EQ(card.fix, "");
  EXPECT_TRUE(card.suspects.empty());
  EXPECT_EQ(make_card({}, context()).title, "");
}

TEST(FindingCard, RecoveredBy) {
  EXPECT_EQ(recovered_by_text(42, 4711, "a1b2c3d4e5f6", "ada"), "run #42, a1b2c3d by ada");
  EXPECT_EQ(recovered_by_text(0, 4711, "", ""), "run 4711");
  EXPECT_EQ(recovered_by_text(1, 0, "abc", ""), "run #1, abc");
}

TEST(Finding, PartsComeBackFromTheirStoredForm) {
  const std::vector<Suspect> suspects{{"s", "ada", "m\"q", "", 0.25, "w"}};
  const auto back = suspects_from_json(parse_json(fm::to_json(json::value(to_json(suspects)))).value());
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].message, "m\"q");
  EXPECT_DOUBLE_EQ(back[0].score, 0.25);
  const logs::Fix fix = fix_from_json(parse_json(R"({"summary":"s","steps":["a",1,"b"]})").value());
  EXPECT_EQ(fix.steps, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(suspects_from_json(json::value(7)).empty());
}

}  // namespace
}  // namespace fm::events
