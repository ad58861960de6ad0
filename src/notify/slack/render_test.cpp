#include "notify/slack/render.h"

#include <random>

#include <gtest/gtest.h>

#include "base/text.h"

namespace fm::notify::slack {
namespace {

Card sample() {
  Card card;
  card.title = "acme/web · CI · main";
  card.url = "https://fm.example/failures/1";
  card.facts = {{"Failed step", "Run tests", ""},
                {"Commit", "a1b2c3d by Ada", "https://github.com/acme/web/commit/a1b2c3d"}};
  card.cause = "KeyError 'sku' in cart.py: the field is read before it is set.";
  card.code = "Traceback (most recent call last):\n  File \"cart.py\", line 12, in total\nKeyError: 'sku'";
  card.fix = "Read it with .get, or fill the fixture.";
  card.fix_steps = {"Open cart.py at line 12", "Run pytest -k total"};
  card.suspects = {{"a1b2c3d4e5f60718293a4b5c6d7e8f9012345678", "Read sku from the cart", "Ada",
                    "https://github.com/acme/web/commit/a1b2c3d", "changes cart.py, which the traceback names"}};
  card.recurrence = "Seen 3 times in 7 days";
  card.links = {{"View analysis", "https://fm.example/failures/1"},
                {"Run on GitHub", "https://github.com/acme/web/actions/runs/1"}};
  card.footer = "No model used · 2 secrets redacted";
  return card;
}

json::value golden(std::string_view text) { return parse_json(text).value(); }

// Every text in the blocks, one after another.
std::string all_text(const json::value& value) {
  std::string out;
  if (value.is_array()) {
    for (const auto& item : value.get_array()) out += all_text(item);
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.get_object()) {
      if (key == "text" && item.is_string())
        out += std::string(item.get_string()) + "\n";
      else
        out += all_text(item);
    }
  }
  return out;
}

// Slack's limits, as published; "" when kept.
std::string broken_limit(const Message& message) {
  if (message.blocks.empty() || message.blocks.size() > 50) return "blocks";
  size_t total = 0;
  const auto text_ok = [&](const json::value& text, size_t limit) {
    const size_t size = text_at(text, "text").size();
    total += size;
    return size > 0 && size <= limit;
  };
  for (const json::value& block : message.blocks) {
    const std::string type = text_at(block, "type");
    if (type == "header" && !text_ok(*find(block, "text"), 150)) return "header";
    if (type == "section" && find(block, "text") != nullptr && !text_ok(*find(block, "text"), 3000)) return "section";
    if (array_at(block, "fields").size() > 10) return "fields";
    for (const auto& field : array_at(block, "fields")) {
      if (!text_ok(field, 2000)) return "field";
    }
    if (array_at(block, "elements").size() > 10) return "elements";
    for (const auto& element : array_at(block, "elements")) {
      if (!text_ok(element, 3000)) return "element";
    }
  }
  if (total > 13'000) return "total";
  if (message.text.empty() || message.text.size() > 4000) return "text";
  return "";
}

TEST(SlackRender, Golden) {
  const Message message = render(sample());
  EXPECT_EQ(message.text,
            "Failing: acme/web · CI · main: KeyError 'sku' in cart.py: the field is read before it is set. (Seen 3 "
            "times in 7 days)");
  EXPECT_EQ(json::value(message.blocks), golden(R"json([
    {"type":"header","text":{"type":"plain_text","text":"❌ acme/web · CI · main","emoji":false}},
    {"type":"section","fields":[
      {"type":"mrkdwn","text":"*Failed step*\nRun tests","verbatim":true},
      {"type":"mrkdwn","text":"*Commit*\n<https://github.com/acme/web/commit/a1b2c3d|a1b2c3d by Ada>","verbatim":true}]},
    {"type":"section","text":{"type":"mrkdwn","text":"*Cause*\nKeyError 'sku' in cart.py: the field is read before it is set.","verbatim":true}},
    {"type":"section","text":{"type":"mrkdwn","text":"```\nTraceback (most recent call last):\n  File \"cart.py\", line 12, in total\nKeyError: 'sku'\n```","verbatim":true}},
    {"type":"section","text":{"type":"mrkdwn","text":"*Suggested fix*\nRead it with .get, or fill the fixture.\n1. Open cart.py at line 12\n2. Run pytest -k total","verbatim":true}},
    {"type":"section","text":{"type":"mrkdwn","text":"*Likely change*\n• <https://github.com/acme/web/commit/a1b2c3d|a1b2c3d> Read sku from the cart by Ada\n   changes cart.py, which the traceback names","verbatim":true}},
    {"type":"section","text":{"type":"mrkdwn","text":"<https://fm.example/failures/1|View analysis>  ·  <https://github.com/acme/web/actions/runs/1|Run on GitHub>","verbatim":true}},
    {"type":"context","elements":[{"type":"mrkdwn","text":"Seen 3 times in 7 days  ·  No model used · 2 secrets redacted","verbatim":true}]}
  ])json"));
}

TEST(SlackRender, RecoveredAndRepeatedSaySo) {
  Card card;
  card.state = CardState::recovered;
  card.title = "acme/web";
  card.recovered_by = "run #42";
  const Message message = render(card, {.maybe_repeated = true});
  EXPECT_EQ(message.text, "(possibly repeated) Recovered: acme/web by run #42");
  EXPECT_EQ(json::value(message.blocks), golden(R"json([
    {"type":"header","text":{"type":"plain_text","text":"✅ acme/web","emoji":false}},
    {"type":"context","elements":[{"type":"mrkdwn","text":"⚠️ Possibly repeated: Slack did not confirm an earlier attempt to send this.","verbatim":true}]},
    {"type":"section","text":{"type":"mrkdwn","text":"*Recovered* by run #42","verbatim":true}}
  ])json"));
}

TEST(SlackRender, ReplyLeavesOutWhatTheRootSays) {
  const std::string text = all_text(render(sample(), {.reply = true}).blocks);
  EXPECT_TRUE(contains(text, "KeyError"));
  EXPECT_FALSE(contains(text, "Suggested fix"));
  EXPECT_FALSE(contains(text, "No model used"));
}

TEST(SlackRender, CardWithNothingButATitle) {
  Card card;
  card.title = "x";
  EXPECT_EQ(broken_limit(render(card)), "");
}

struct Attack {
  const char* name;
  const char* text;
  const char* must_not_hold;
};
TEST(SlackRender, UntrustedTextStaysText) {
  const Attack attacks[] = {{"mention", "<!channel> look", "<!channel>"},
                            {"user", "<@U123>", "<@"},
                            {"link", "<https://evil.example|log in>", "<https://evil"},
                            {"entity twice", "&lt;!here&gt;", " &lt;!here"},
                            {"code fence", "a\n```\n<!channel>\n```", "\n```\n<"},
                            {"fence at the end", "a```", "a```"}};
  for (const Attack& attack : attacks) {
    Card card = sample();
    card.title = card.cause = card.code = card.fix = card.recurrence = card.footer = attack.text;
    card.facts = {{attack.text, attack.text, "https://ok.example"}};
    card.fix_steps = {attack.text};
    card.suspects = {
        {attack.text, attack.text, attack.text, "https://ok.example/" + std::string(attack.text), attack.text}};
    card.jobs = {{attack.text, attack.text, "javascript:alert(1)", CardState::failing}};
    card.links = {{attack.text, "https://ok.example"}};
    const Message message = render(card);
    for (const json::value& block : message.blocks) {
      if (text_at(block, "type") == "header") continue;  // plain_text: nothing in it means anything
      EXPECT_FALSE(contains(all_text(block), attack.must_not_hold)) << attack.name << ": " << all_text(block);
    }
    EXPECT_FALSE(contains(message.text, attack.must_not_hold)) << attack.name;
    EXPECT_FALSE(contains(all_text(message.blocks), "javascript:"));
  }
}

TEST(SlackRender, CodeKeepsExactlyItsOwnFence) {
  Card card;
  card.title = "x";
  card.code = "``` ````` `a` ```";
  const std::string text = all_text(render(card).blocks[1]);
  EXPECT_EQ(text.find("```"), 0U);
  EXPECT_EQ(text.find("```", 3), text.size() - 4);
}

TEST(SlackRender, EscapesKeepIdentifiersWhole) {
  EXPECT_EQ(escape_mrkdwn("snake_case_name and a*b"), "snake_case_name and a*b");
  EXPECT_EQ(escape_mrkdwn("*bold* `code` _it_"), "*\u200Bbold*\u200B 'code' _\u200Bit_\u200B");
  EXPECT_EQ(escape_mrkdwn("a < b && c > d"), "a &lt; b &amp;&amp; c &gt; d");
  EXPECT_EQ(escape_mrkdwn(std::string_view("\x1b[31mred\x00", 9)), "[31mred");
}

TEST(SlackRender, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(escape_mrkdwn("<<<<<<", 12), "&lt;&lt;…");
  EXPECT_EQ(escape_mrkdwn("äöüß", 7), "äö…");
  EXPECT_EQ(escape_mrkdwn("äöüß", 8), "äöüß");
  EXPECT_EQ(escape_mrkdwn("abcdef", 6), "abcdef");
}

TEST(SlackRender, LinksTakeOnlyWebAddresses) {
  EXPECT_EQ(link("javascript:alert(1)", "x"), "x");
  EXPECT_EQ(link("", "x<y"), "x&lt;y");
  EXPECT_EQ(link("https://a.example/?a=1&b=2|3 >", "x"), "<https://a.example/?a=1&amp;b=2%7C3%20%3E|x>");
  EXPECT_EQ(link("https://a.example", "a|b\nc"), "<https://a.example|a|b c>");
}

// Whatever comes in, Slack's limits are kept and what matters most survives.
TEST(SlackRender, NeverOverTheLimits) {
  std::mt19937_64 random(7);
  const std::string_view alphabet[] = {"a", "&", "<", "`", "\n", "ü", "\"", "\\", "漢", "\xff", "*", " "};
  const auto text = [&](size_t n) {
    std::string out;
    for (size_t i = 0; i < n; ++i) out += alphabet[random() % std::size(alphabet)];
    return out;
  };
  for (int round = 0; round < 60; ++round) {
    const size_t scale = 1 + random() % 6'000;
    const auto any = [&] { return text(random() % scale); };
    Card card;
    card.title = "T" + any();
    card.cause = "C" + any(), card.code = "L" + any(), card.fix = any(), card.recurrence = any(), card.footer = any();
    for (size_t i = random() % 30; i > 0; --i) card.facts.push_back({any(), any(), "https://x.example/" + any()});
    for (size_t i = random() % 30; i > 0; --i) card.fix_steps.push_back(any());
    for (size_t i = random() % 30; i > 0; --i)
      card.suspects.push_back({any(), any(), any(), "https://x.example/" + any(), any()});
    for (size_t i = random() % 100; i > 0; --i)
      card.jobs.push_back({any(), any(), "https://x.example/" + any(), CardState::failing});
    for (size_t i = random() % 10; i > 0; --i) card.links.push_back({any(), "https://x.example/" + any()});
    const Message message = render(card, {.maybe_repeated = round % 2 == 0, .reply = round % 3 == 0});
    EXPECT_EQ(broken_limit(message), "") << round;
    const std::string all = all_text(message.blocks);
    EXPECT_TRUE(contains(all, "*Cause*\nC")) << round;
    EXPECT_TRUE(contains(all, "```\nL")) << round;
  }
}

TEST(SlackRender, ManyJobsAreCounted) {
  Card card;
  card.title = "x";
  for (int i = 0; i < 200; ++i)
    card.jobs.push_back({"job " + std::to_string(i), "failed in the step that runs the tests", "", CardState::failing});
  const std::string all = all_text(render(card).blocks);
  EXPECT_TRUE(contains(all, "*200 failures*"));  // no cause of its own: a digest
  EXPECT_TRUE(contains(all, "… and ")) << all;
}

}  // namespace
}  // namespace fm::notify::slack
