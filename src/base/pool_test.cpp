#include "base/pool.h"

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

namespace fm {
namespace {

TEST(Pool, RunsEachTaskOnce) {
  std::atomic<int> sum{0};
  std::latch done(100);
  Pool pool("sum", 4, 100);
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(pool.try_submit([&, i] {
      sum += i;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(sum, 5050);
}

TEST(Pool, KeepsTheOrderWithOneThread) {
  std::vector<int> seen;
  std::promise<void> end;
  Pool pool("order", 1, 100);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.try_submit([&seen, i] { seen.push_back(i); }));
  ASSERT_TRUE(pool.try_submit([&] { end.set_value(); }));
  end.get_future().wait();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(Pool, RefusesWhenFullAndLeavesTheTaskAlone) {
  std::promise<void> started;
  std::promise<void> release;
  Pool pool("full", 1, 1);
  ASSERT_TRUE(pool.try_submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.try_submit([] {}));
  EXPECT_EQ(pool.waiting(), 1U);
  Pool::Task third = [] {};
  EXPECT_FALSE(pool.try_submit(std::move(third)));
  EXPECT_TRUE(static_cast<bool>(third));
  release.set_value();
}

TEST(Pool, StopDestroysWhatWaitsAndRefusesTheRest) {
  std::promise<void> started;
  std::promise<void> release;
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> held = token;
  Pool pool("stop", 1, 8);
  ASSERT_TRUE(pool.try_submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.try_submit([token = std::move(token)] {}));
  std::thread releaser([&] { release.set_value(); });
  pool.stop();
  releaser.join();
  EXPECT_TRUE(held.expired());
  EXPECT_FALSE(pool.try_submit([] {}));
  pool.stop();
}

TEST(Pool, NamesItsThreads) {
  std::promise<std::string> name;
  Pool pool("namedpool", 1, 1);
  // The thread is named by its maker, perhaps a moment after it begins.
  ASSERT_TRUE(pool.try_submit([&] {
    char text[16] = {};
    for (int i = 0; i < 1'000'000 && std::string(text) != "namedpool-0"; ++i) {
      pthread_getname_np(pthread_self(), text, sizeof text);
    }
    name.set_value(text);
  }));
  EXPECT_EQ(name.get_future().get(), "namedpool-0");
}

}  // namespace
}  // namespace fm
