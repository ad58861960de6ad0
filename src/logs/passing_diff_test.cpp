#include "logs/passing_diff.h"

#include <string>

#include <gtest/gtest.h>

#include "logs/mask.h"

namespace fm::logs {
namespace {

TEST(PassingLines, KnowsLinesButForNumbersTimesAndColours) {
  const PassingLines passing(
      "2026-03-02T08:15:53.2Z \x1b[32mok\x1b[0m  shop/pay 0.12s\nHEAD is now at 17ac55b Fix tax\n");
  EXPECT_TRUE(passing.knows(masked_hash("ok  shop/pay 3.40s")));
  EXPECT_TRUE(passing.knows(masked_hash("HEAD is now at 9fceb02d0a Fix tax")));
  EXPECT_TRUE(passing.knows(masked_hash("  ")));
  EXPECT_FALSE(passing.knows(masked_hash("FAIL shop/pay 0.12s")));
}

TEST(PassingLines, GrowsWithTheLog) {
  std::string log;
  const auto name = [](int i) {
    return "module " + std::string(1, static_cast<char>('a' + i % 26)) +
           std::string(static_cast<size_t>(i / 26 + 1), 'x');
  };
  for (int i = 0; i < 3000; ++i) log += name(i) + " built\n";
  const PassingLines passing(log);
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(passing.knows(masked_hash(name(i) + " built")));
  EXPECT_FALSE(passing.knows(masked_hash("module zzz failed")));
}

TEST(PassingLines, AnEmptyLogKnowsOnlyBlankLines) {
  const PassingLines passing("");
  EXPECT_TRUE(passing.knows(0));
  EXPECT_FALSE(passing.knows(masked_hash("x")));
}

}  // namespace
}  // namespace fm::logs
