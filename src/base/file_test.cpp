#include "base/file.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fm {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/fm_file_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  ~FileTest() override { std::filesystem::remove_all(dir_); }
  std::string path(const std::string& name) const { return dir_ + "/" + name; }
  static unsigned mode_of(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
  }
  std::string dir_;
};

TEST_F(FileTest, WhatIsWrittenIsRead) {
  for (const std::string& content :
       {std::string(), std::string("text\n"), std::string("\0\xff", 2), std::string(3'000'000, 'x')}) {
    ASSERT_TRUE(write_file_atomically(path("f"), content));
    EXPECT_EQ(read_file(path("f")).value(), content);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_), {}), 1) << "nothing is left beside it";
}

TEST_F(FileTest, ErrorsSayWhichAndWhy) {
  const auto missing = read_file(path("none"));
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_NE(missing.error().message.find(path("none")), std::string::npos);
  EXPECT_FALSE(read_file(dir_));
  ASSERT_TRUE(write_file_atomically(path("f"), "12345"));
  EXPECT_EQ(read_file(path("f"), 5).value(), "12345") << "the limit itself is allowed";
  EXPECT_EQ(read_file(path("f"), 4).error().code, Code::too_large);
  EXPECT_EQ(read_file("/dev/zero", 1'000'000).error().code, Code::too_large) << "a file without an end";
  EXPECT_EQ(write_file_atomically(path("none/f"), "x").error().code, Code::not_found);
  EXPECT_FALSE(make_directories(path("f/below")));
}

TEST_F(FileTest, FilesThatSayNoSizeAreReadWhole) {
  const auto status = read_file("/proc/self/status", 1 << 20);
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("Pid:"), std::string::npos);
}

TEST_F(FileTest, TheModeIsTheOneAskedFor) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(write_file_atomically(path("secret"), "x", 0600));
  EXPECT_TRUE(make_directories(path("d/e"), 0700));
  ::umask(before);
  EXPECT_EQ(mode_of(path("secret")), 0600U);
  EXPECT_EQ(mode_of(path("d/e")), 0700U);
  ASSERT_TRUE(make_directories(path("d/e"), 0755));
  EXPECT_EQ(mode_of(path("d/e")), 0700U) << "what was there is left as it is";
}

TEST_F(FileTest, ASecretThatReplacesAnOpenFileIsNotReadableByOthers) {
  ASSERT_TRUE(write_file_atomically(path("f"), "old", 0644));
  ASSERT_TRUE(write_file_atomically(path("f"), "secret", 0600));
  EXPECT_EQ(mode_of(path("f")), 0600U);
}

TEST_F(FileTest, ReadersSeeTheOldOrTheNew) {
  const std::string a(100'000, 'a'), b(200'000, 'b');
  ASSERT_TRUE(write_file_atomically(path("f"), a));
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const auto got = read_file(path("f"));
      if (!got || (*got != a && *got != b)) {
        ADD_FAILURE() << "half a file";
        return;
      }
    }
  });
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(write_file_atomically(path("f"), i % 2 == 0 ? b : a));
  stop = true;
  reader.join();
}

TEST_F(FileTest, DiskSpace) {
  const auto space = disk_space(dir_);
  ASSERT_TRUE(space);
  EXPECT_GT(space->total_bytes, 0U);
  EXPECT_LE(space->free_bytes, space->total_bytes);
  EXPECT_EQ(disk_space(path("none")).error().code, Code::not_found);
}

}  // namespace
}  // namespace fm
