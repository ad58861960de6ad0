#include "app/data_dir.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/testing.h"

namespace fm::app {
namespace {

using store::testing::told;

unsigned mode_of(const std::string& path) {
  struct stat info{};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

class DataDirTest : public ::testing::Test {
 protected:
  store::testing::TempDir parent_{true};
  std::string dir_ = parent_.path() + "/a/data";
};

TEST_F(DataDirTest, KeysAreMadeOnceAndForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  const auto keys = open_data_dir(dir_);
  ::umask(before);
  ASSERT_EQ(told(keys), "ok");
  EXPECT_EQ(keys->seal_key.size(), 32U);
  EXPECT_EQ(keys->redact_key.size(), 32U);
  EXPECT_NE(keys->seal_key, keys->redact_key);
  EXPECT_TRUE(keys->local_key.starts_with("fm_local_"));
  EXPECT_EQ(keys->local_key.size(), 9U + 64U);
  EXPECT_EQ(mode_of(dir_), 0700U);
  for (const char* name : {"/seal.key", "/redact.key", "/local.key"}) EXPECT_EQ(mode_of(dir_ + name), 0600U) << name;
  const auto again = open_data_dir(dir_);
  ASSERT_EQ(told(again), "ok");
  EXPECT_EQ(again->seal_key, keys->seal_key);
  EXPECT_EQ(again->redact_key, keys->redact_key);
  EXPECT_EQ(again->local_key, keys->local_key);
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) EXPECT_NE(entry.path().extension(), ".tmp");
}

TEST_F(DataDirTest, ADamagedKeyIsNeverReplaced) {
  ASSERT_EQ(told(open_data_dir(dir_)), "ok");
  for (const char* damaged : {"", "abc", "zz\n"}) {
    ASSERT_EQ(told(write_file_atomically(dir_ + "/seal.key", damaged, 0600)), "ok");
    const auto keys = open_data_dir(dir_);
    ASSERT_FALSE(keys) << damaged;
    EXPECT_EQ(keys.error().code, Code::invalid);
    EXPECT_TRUE(contains(keys.error().remedy, "backup"));
    EXPECT_EQ(read_file(dir_ + "/seal.key").value(), damaged);
  }
}

TEST_F(DataDirTest, WhatIsNoDirectorySaysHowToChooseAnother) {
  ASSERT_EQ(told(write_file_atomically(parent_.path() + "/file", "x")), "ok");
  const auto keys = open_data_dir(parent_.path() + "/file/data");
  ASSERT_FALSE(keys);
  EXPECT_TRUE(contains(keys.error().remedy, "FIRSTMATE_DATA_DIR")) << keys.error().full();
  const auto itself = open_data_dir(parent_.path() + "/file");
  ASSERT_FALSE(itself);
  EXPECT_FALSE(itself.error().remedy.empty()) << itself.error().full();
}

TEST_F(DataDirTest, ARunningServerIsFoundUntilItLeaves) {
  EXPECT_FALSE(find_local_server(dir_).has_value());
  const auto keys = open_data_dir(dir_);
  ASSERT_EQ(told(keys), "ok");
  EXPECT_FALSE(find_local_server(dir_).has_value());
  ASSERT_EQ(told(announce_server(dir_, "http://127.0.0.1:8080")), "ok");
  EXPECT_EQ(mode_of(dir_ + "/server.json"), 0600U);
  const auto found = find_local_server(dir_);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->url, "http://127.0.0.1:8080");
  EXPECT_EQ(found->key, keys->local_key);
  ASSERT_EQ(told(write_file_atomically(dir_ + "/server.json", "{")), "ok");
  EXPECT_FALSE(find_local_server(dir_).has_value());
  ASSERT_EQ(told(announce_server(dir_, "http://127.0.0.1:8080")), "ok");
  withdraw_server(dir_);
  EXPECT_FALSE(find_local_server(dir_).has_value());
}

TEST_F(DataDirTest, WhereItLiesByDefault) {
  const auto env = [](std::optional<std::string> xdg, std::optional<std::string> home) {
    return [=](const std::string& name) -> std::optional<std::string> {
      if (name == "XDG_DATA_HOME") return xdg;
      if (name == "HOME") return home;
      return std::nullopt;
    };
  };
  EXPECT_EQ(default_data_dir(env("/x", "/home/ada")), "/x/firstmate");
  const std::string by_user = ::geteuid() == 0 ? "/var/lib/firstmate" : "/home/ada/.local/share/firstmate";
  EXPECT_EQ(default_data_dir(env(std::nullopt, "/home/ada")), by_user);
  EXPECT_EQ(default_data_dir(env("relative", "/home/ada")), by_user) << "the XDG specification ignores relative paths";
  EXPECT_EQ(default_data_dir(env(std::nullopt, std::nullopt)), "/var/lib/firstmate");
}

}  // namespace
}  // namespace fm::app
