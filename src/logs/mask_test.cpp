#include "logs/mask.h"

#include <gtest/gtest.h>

namespace fm::logs {
namespace {

TEST(Mask, HidesWhatChangesFromRunToRun) {
  struct Case {
    std::string_view line, masked;
  };
  const Case cases[] = {
      {"took 12.5 s of 30", "took <n> s of <n>"},
      {"commit 9fceb02d0ae5 pushed", "commit <hex> pushed"},
      {"at 0x7ffd12ab", "at <hex>"},
      {"id 123e4567-e89b-12d3-a456-426614174000!", "id <uuid>!"},
      {"2026-03-02T08:15:53.123Z start", "<time> start"},
      {"12:30:59 start", "<time> start"},
      {"open /tmp/pytest-of-ci/test_a0/x.db failed", "open <tmp> failed"},
      {"/home/runner/work/shop/shop/src/pay.py:41 KeyError", "shop/shop/src/pay.py:<n> KeyError"},
      {"File \"/opt/venv/lib/python3.12/site-packages/flask/app.py\", line 7", "File \"flask/app.py\", line <n>"},
      {"utf8 stays", "utf<n> stays"},
      {"deadbeef", "deadbeef"},  // a word, for all we know
      {"", ""},
  };
  for (const Case& each : cases) EXPECT_EQ(mask_line(each.line), each.masked) << each.line;
}

TEST(Mask, HashesLinesOfOneTemplateAlike) {
  EXPECT_EQ(masked_hash("  Tests run: 3, Time 0.5 s"), masked_hash("Tests run: 41, Time 12.75 s "));
  EXPECT_EQ(masked_hash("HEAD is now at 9fceb02d0a Fix"), masked_hash("HEAD is now at 17ac55b Fix"));
  EXPECT_NE(masked_hash("FAILED a"), masked_hash("FAILED b"));
  EXPECT_EQ(masked_hash("   "), 0U);
  EXPECT_NE(masked_hash("7"), 0U);
}

TEST(Mask, ComparesMessagesAboutOtherThings) {
  EXPECT_EQ(template_hash("src/a.py:3: error: Module has no attribute \"x y\""),
            template_hash("src/b/c.py:41: error: Module has no attribute \"z\""));
  EXPECT_NE(template_hash("a.py:3: error: Incompatible types"), template_hash("a.py:3: error: Missing return"));
}

}  // namespace
}  // namespace fm::logs
