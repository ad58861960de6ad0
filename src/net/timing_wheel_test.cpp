#include "net/timing_wheel.h"

#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace fm::net {
namespace {

class TimingWheelTest : public ::testing::Test {
 protected:
  static constexpr Steady kStart{};
  Steady at(int ms) { return kStart + Millis{ms}; }
  std::vector<const TimingWheel::Node*> sweep(int ms) {
    std::vector<const TimingWheel::Node*> out;
    wheel.sweep(at(ms), [&](TimingWheel::Node& node) { out.push_back(&node); });
    return out;
  }
  TimingWheel wheel{Millis{100}, kStart};
};

TEST_F(TimingWheelTest, FiresAfterTheDeadlineWithinOneTick) {
  TimingWheel::Node node;
  wheel.arm(node, at(250));
  EXPECT_TRUE(sweep(200).empty());
  EXPECT_EQ(sweep(300).size(), 1U);
  EXPECT_TRUE(sweep(10'000).empty());
}

TEST_F(TimingWheelTest, LaterDeadlineReplacesTheEarlier) {
  TimingWheel::Node node;
  wheel.arm(node, at(200));
  wheel.arm(node, at(900));
  EXPECT_TRUE(sweep(800).empty());
  EXPECT_EQ(sweep(1000).size(), 1U);
}

TEST_F(TimingWheelTest, EarlierDeadlineReplacesTheLater) {
  TimingWheel::Node node;
  wheel.arm(node, at(900));
  wheel.arm(node, at(200));
  EXPECT_EQ(sweep(300).size(), 1U);
  EXPECT_TRUE(sweep(1000).empty());
}

TEST_F(TimingWheelTest, NeverAndDisarmDoNotFire) {
  TimingWheel::Node one;
  TimingWheel::Node two;
  wheel.arm(one, at(200));
  wheel.arm(one, TimingWheel::kNever);
  wheel.arm(two, at(200));
  wheel.disarm(two);
  EXPECT_TRUE(sweep(100'000).empty());
}

TEST_F(TimingWheelTest, FarBeyondOneRound) {
  TimingWheel::Node node;
  wheel.arm(node, at(60'000));
  for (int ms = 100; ms < 60'000; ms += 100) ASSERT_TRUE(sweep(ms).empty()) << ms;
  EXPECT_EQ(sweep(60'100).size(), 1U);
}

TEST_F(TimingWheelTest, CatchesUpAfterALongPause) {
  std::deque<TimingWheel::Node> nodes(100);
  for (int i = 0; i < 100; ++i) wheel.arm(nodes[static_cast<std::size_t>(i)], at(100 + i * 130));
  EXPECT_EQ(sweep(1'000'000).size(), 100U);
}

TEST_F(TimingWheelTest, ExpiredMayArmAndDisarmOthers) {
  TimingWheel::Node one;
  TimingWheel::Node two;
  wheel.arm(one, at(100));
  wheel.arm(two, at(100));
  int fired = 0;
  wheel.sweep(at(300), [&](TimingWheel::Node& node) {
    ++fired;
    wheel.disarm(&node == &one ? two : one);
    wheel.arm(node, at(350));
  });
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(sweep(500).size(), 1U);
}

// Against a plain list of deadlines.
TEST_F(TimingWheelTest, AgreesWithASimpleModel) {
  std::mt19937 random(7);
  std::deque<TimingWheel::Node> nodes(50);
  std::vector<int> deadlines(nodes.size(), -1);
  for (int ms = 0; ms < 200'000; ms += 100) {
    const std::size_t i = random() % nodes.size();
    deadlines[i] = ms + static_cast<int>(random() % 20'000);
    wheel.arm(nodes[i], at(deadlines[i]));
    wheel.sweep(at(ms), [&](TimingWheel::Node& node) {
      std::size_t k = 0;
      while (&nodes[k] != &node) ++k;
      EXPECT_LE(deadlines[k], ms);
      EXPECT_GE(deadlines[k], ms - 200);
      deadlines[k] = -1;
    });
    for (const int deadline : deadlines) ASSERT_TRUE(deadline < 0 || deadline > ms - 200) << ms;
  }
}

}  // namespace
}  // namespace fm::net
