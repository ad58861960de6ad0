#include "notify/card.h"

#include <gtest/gtest.h>

namespace fm::notify {
namespace {

TEST(Card, SurvivesJson) {
  Card card;
  card.state = CardState::recovered;
  card.title = "t", card.url = "u", card.cause = "c", card.code = "line 1\nline 2", card.fix = "f",
  card.recurrence = "r", card.recovered_by = "by", card.footer = "foot";
  card.facts = {{"n", "v", "u"}};
  card.fix_steps = {"one", "two"};
  card.suspects = {{"sha", "title", "author", "url", "why"}};
  card.jobs = {{"job", "note", "url", CardState::recovered}, {"job 2", "", "", CardState::failing}};
  card.links = {{"text", "url"}};
  const auto parsed = card_from_json(parse_json(fm::to_json(json::value(to_json(card)))).value());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, card);
  EXPECT_EQ(card_from_json(json::object{}).value(), Card{});
  EXPECT_FALSE(card_from_json(json::array{}));
}

TEST(Card, DifferencesAreSeen) {
  Card a, b;
  b.jobs = {{"job", "", "", CardState::failing}};
  EXPECT_FALSE(a == b);
  a.jobs = {{"job", "", "", CardState::recovered}};
  EXPECT_FALSE(a == b);
  a.jobs[0].state = CardState::failing;
  EXPECT_TRUE(a == b);
}

TEST(Card, DigestCountsWhatStillFails) {
  Card a, b;
  a.title = "a", a.cause = "broken", a.url = "/a";
  b.title = "b", b.state = CardState::recovered, b.recovered_by = "run #2";
  const Card digest = digest_of({a, b});
  EXPECT_EQ(digest.title, "1 new failure at once");
  EXPECT_EQ(digest.state, CardState::failing);
  EXPECT_EQ(digest.jobs[0].note, "broken");
  EXPECT_EQ(digest.jobs[1].note, "run #2");
  EXPECT_EQ(digest_of({b, b}).title, "2 failures recovered");
}

}  // namespace
}  // namespace fm::notify
