#include "base/ids.h"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace fm {
namespace {

TEST(NewId, ThePrefixAndTwentySixCharactersOfCrockford) {
  const FakeClock clock;
  const std::string id = new_id("evt_", clock);
  ASSERT_EQ(id.size(), 30U);
  EXPECT_TRUE(id.starts_with("evt_"));
  EXPECT_EQ(id.substr(4).find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos) << id;
}

TEST(NewId, NeverTwiceOverThreads) {
  const FakeClock clock;
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) mine.push_back(new_id("x", clock));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), 20'000U);
}

TEST(NewId, AClockThatGoesBackDoesNotBringOldIds) {
  const FakeClock later(1'900'000'000'000), earlier(1'700'000'000'000);
  const std::string one = new_id("x", later);
  EXPECT_LT(one, new_id("x", earlier));
}

TEST(Randomness, HasTheLengthAskedForAndDiffers) {
  EXPECT_EQ(random_hex(16).size(), 32U);
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(1'000).size(), 1'000U);
  EXPECT_NE(random_hex(16), random_hex(16));
  EXPECT_EQ(random_hex(64).find_first_not_of("0123456789abcdef"), std::string::npos);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(fast_random());
  EXPECT_GT(seen.size(), 990U);
}

TEST(Hash, XxHashOfKnownInputs) {
  // XXH3 of the empty input with seed 0, from the xxHash project's specification.
  EXPECT_EQ(hash64(""), 0x2D06800538D394C2ULL);
  EXPECT_EQ(hash128_hex(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash64("a"), hash64("b"));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
  EXPECT_EQ(hash128_hex(std::string(100'000, 'x')).size(), 32U);
  EXPECT_NE(hash128_hex("ab"), hash128_hex(std::string("ab\0", 3)));
}

}  // namespace
}  // namespace fm
