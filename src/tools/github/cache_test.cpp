#include "tools/github/cache.h"

#include <gtest/gtest.h>

namespace fm::tools::github {
namespace {

TEST(EtagCache, ForgetsTheLeastRecentlyUsed) {
  EtagCache cache(2, 1 << 20);
  cache.put("a", {"\"1\"", "body a", ""});
  cache.put("b", {"\"2\"", "body b", ""});
  ASSERT_TRUE(cache.get("a"));
  cache.put("c", {"\"3\"", "body c", "link"});
  EXPECT_FALSE(cache.get("b"));
  EXPECT_EQ(cache.get("a")->body, "body a");
  EXPECT_EQ(cache.get("c")->link, "link");
}

TEST(EtagCache, StaysWithinItsBytes) {
  EtagCache cache(1'000, 16'000);
  for (int i = 0; i < 100; ++i) cache.put("key " + std::to_string(i), {"e", std::string(1'000, 'x'), ""});
  EXPECT_LE(cache.bytes(), 16'000U);
  EXPECT_GT(cache.bytes(), 10'000U);
  EXPECT_TRUE(cache.get("key 99"));
  cache.put("key 99", {"e", std::string(3'000, 'x'), ""});
  EXPECT_FALSE(cache.get("key 99")) << "over an eighth, and the older answer is no longer true";
}

TEST(EtagCache, ReplacesWithoutLosingCount) {
  EtagCache cache(10, 1 << 20);
  cache.put("a", {"1", "x", ""});
  const size_t bytes = cache.bytes();
  cache.put("a", {"2", "y", ""});
  EXPECT_EQ(cache.bytes(), bytes);
  EXPECT_EQ(cache.get("a")->etag, "2");
}

}  // namespace
}  // namespace fm::tools::github
