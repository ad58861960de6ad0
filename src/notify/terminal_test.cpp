#include "notify/terminal.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/text.h"

namespace fm::notify {
namespace {

Card sample() {
  Card card;
  card.title = "acme/web · CI · main";
  card.facts = {{"Failed step", "Run tests", ""}, {"Commit", "a1b2c3d by Ada", ""}};
  card.cause = "KeyError 'sku' in cart.py: the field is read before it is set.";
  card.code = "  File \"cart.py\", line 12, in total\nKeyError: 'sku'";
  card.fix = "Read it with .get, or fill the fixture.";
  card.fix_steps = {"Open cart.py at line 12"};
  card.suspects = {{"a1b2c3d4e5", "Read sku from the cart", "Ada", "", "changes cart.py"}};
  card.recurrence = "Seen 3 times in 7 days";
  card.footer = "No model used";
  card.links = {{"View analysis", "http://127.0.0.1:8080/failures/1"}};
  return card;
}

TEST(Terminal, Golden) {
  EXPECT_EQ(render_terminal(sample(), {.colour = false, .width = 60}), R"(┃ ❌ acme/web · CI · main
┃
┃ Failed step  Run tests
┃ Commit       a1b2c3d by Ada
┃
┃ Cause
┃   KeyError 'sku' in cart.py: the field is read before it
┃   is set.
┃
┃   │   File "cart.py", line 12, in total
┃   │ KeyError: 'sku'
┃
┃ Suggested fix
┃   Read it with .get, or fill the fixture.
┃   1. Open cart.py at line 12
┃
┃ Likely change
┃   • a1b2c3d Read sku from the cart by Ada
┃     changes cart.py
┃
┃ Seen 3 times in 7 days  ·  No model used
┃ View analysis  http://127.0.0.1:8080/failures/1
)");
}

TEST(Terminal, ControlCharactersOfALogDoNothing) {
  Card card = sample();
  card.title = card.cause = card.fix =
      "\x1b[2J\x1b]0;owned\aclean\xC2\x9b"
      "31m\x7f\r";
  card.code = "\x1b[31mred\x1b[0m\x1b]8;;http://evil\x1b\\link";
  const std::string out = render_terminal(card, {.colour = false});
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_EQ(out.find('\r'), std::string::npos);
  EXPECT_EQ(out.find("\xC2\x9b"), std::string::npos);
  EXPECT_FALSE(contains(out, "owned"));
  EXPECT_TRUE(contains(out, "│ redlink"));
}

TEST(Terminal, NoLineIsWiderThanAsked) {
  Card card = sample();
  card.title = card.code = std::string(500, 'x');
  card.cause = "word " + std::string(60, 'y') + " " + std::string(300, 'z').replace(100, 1, " ").replace(200, 1, " ");
  card.facts[0].value = std::string(300, 'f');
  card.links.clear();
  card.cause = "many small words that have to be wrapped somewhere in the middle of it all, again and again and again";
  const std::string out = render_terminal(card, {.colour = false, .width = 50});
  for (const std::string_view line : split(out, '\n')) {
    EXPECT_LE(
        std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }),
        50)
        << line;
  }
}

TEST(Terminal, ColourOnlyWhenAsked) {
  EXPECT_NE(render_terminal(sample(), {.colour = true}).find("\x1b[31m"), std::string::npos);
  Card recovered = sample();
  recovered.state = CardState::recovered;
  recovered.recovered_by = "run #42";
  EXPECT_TRUE(contains(render_terminal(recovered, {.colour = false}), "┃ Recovered by run #42\n"));
}

}  // namespace
}  // namespace fm::notify
