// For tests only: a directory of its own, an opened store, a gate that holds the writer.
#pragma once

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "store/sqlite.h"

namespace fm::store::testing {

// Removed with everything in it. in_memory: where a sync costs nothing, if the machine has such a place.
class TempDir {
 public:
  explicit TempDir(bool in_memory = false) {
    const bool shm = in_memory && ::access("/dev/shm", W_OK) == 0;
    std::string pattern = (shm ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/fm_store_XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Threads wait at it until it is opened, once and for all.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [&] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();  // under the lock: who waits may destroy this as soon as it is freed
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

// Counts up; wait_for(n) returns once it stands at n or more.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    grew_.notify_all();
  }
  void wait_for(int n) {
    std::unique_lock lock(mutex_);
    grew_.wait(lock, [&] { return count_ >= n; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable grew_;
  int count_ = 0;
};

inline SqliteOptions small_options(const std::string& directory) {
  SqliteOptions options;
  options.path = directory + "/store.db";
  options.ballast_bytes = 0;
  return options;
}

inline std::unique_ptr<Db> open_or_die(SqliteOptions options, const Clock& clock) {
  auto db = open_sqlite(std::move(options), clock);
  if (!db) {
    ADD_FAILURE() << db.error().full();
    std::abort();
  }
  return *std::move(db);
}

inline Context context_of(const Clock& clock, Millis timeout = Millis{60'000}) {
  return Context(clock, clock.steady() + timeout);
}

// "ok", or "conflict: what was said".
template <class T>
std::string told(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().code)) + ": " + result.error().full();
}
// Only the code: "ok", "conflict".
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().code));
}
#define FM_ASSERT_OK(expression) ASSERT_EQ(::fm::store::testing::told(expression), "ok")
#define FM_EXPECT_CODE(expression, expected) \
  EXPECT_EQ(::fm::store::testing::code_of(expression), ::fm::to_string(expected))

}  // namespace fm::store::testing
