#include "identity/secrets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "store/testing.h"

namespace fm::identity {
namespace {

using store::testing::told;

std::optional<std::string> no_env(const std::string&) { return std::nullopt; }

TEST(Secrets, WhatIsAReference) {
  EXPECT_TRUE(is_secret_reference("env:X"));
  EXPECT_TRUE(is_secret_reference("file:x"));
  for (const char* plain : {"", "ghp_x", "ENV:X", "env", "vault:x", " env:X"})
    EXPECT_FALSE(is_secret_reference(plain)) << plain;
}

TEST(Secrets, FromTheEnvironmentOnlyWithThePrefix) {
  const GetEnv env = [](const std::string& name) -> std::optional<std::string> {
    if (name == "FIRSTMATE_SECRET_TOKEN" || name == "AWS_SECRET_ACCESS_KEY" || name == "FIRSTMATE_ADMIN_KEY")
      return "value";
    if (name == "FIRSTMATE_SECRET_EMPTY") return "";
    return std::nullopt;
  };
  EXPECT_EQ(resolve_secret("env:FIRSTMATE_SECRET_TOKEN", "", env).value(), "value");
  FM_EXPECT_CODE(resolve_secret("env:FIRSTMATE_SECRET_OTHER", "", env), Code::not_found);
  FM_EXPECT_CODE(resolve_secret("env:FIRSTMATE_SECRET_EMPTY", "", env), Code::not_found);
  for (const char* bad :
       {"env:AWS_SECRET_ACCESS_KEY", "env:FIRSTMATE_ADMIN_KEY", "env:", "env:firstmate_secret_token", "token", ""})
    FM_EXPECT_CODE(resolve_secret(bad, "", env), Code::invalid);
}

class SecretFiles : public ::testing::Test {
 protected:
  SecretFiles() {
    EXPECT_EQ(told(make_directories(dir_.path() + "/secrets/sub")), "ok");
    put("secrets/token", "from-file\r\n\n");
    put("secrets/sub/token", "deep");
    put("secrets/empty", "\n\n");
    put("secrets/.hidden", "hidden");
    put("outside", "outside-value");
  }
  void put(const std::string& name, std::string_view text) {
    EXPECT_EQ(told(write_file_atomically(dir_.path() + "/" + name, text, 0600)), "ok");
  }
  Result<std::string> resolve(std::string_view reference) {
    return resolve_secret(reference, dir_.path() + "/secrets", no_env);
  }
  store::testing::TempDir dir_{true};
};

TEST_F(SecretFiles, OneDirectlyUnderTheDirectory) {
  EXPECT_EQ(resolve("file:token").value(), "from-file") << "line ends at the end are cut";
  FM_EXPECT_CODE(resolve("file:none"), Code::not_found);
  FM_EXPECT_CODE(resolve("file:empty"), Code::not_found);
  FM_EXPECT_CODE(resolve_secret("file:token", "", no_env), Code::invalid);
}

TEST_F(SecretFiles, NeverOutOfTheDirectory) {
  for (const std::string& bad :
       {std::string("file:../outside"), std::string("file:/etc/passwd"), std::string("file:sub/token"),
        std::string("file:.."), std::string("file:."), std::string("file:.hidden"), std::string("file:"),
        std::string("file:sub/../../outside")}) {
    const auto got = resolve(bad);
    EXPECT_FALSE(got) << bad;
    if (!got) {
      EXPECT_FALSE(contains(got.error().full(), "outside-value"));
    }
  }
  EXPECT_FALSE(resolve("file:sub")) << "a directory is no secret";
}

TEST_F(SecretFiles, ErrorsNameARemedyAndNoValue) {
  put("secrets/big", std::string(200'000, 'v'));
  const auto big = resolve("file:big");
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().code, Code::too_large);
  EXPECT_FALSE(contains(big.error().full(), "vvvv"));
  for (const char* bad : {"file:none", "file:../x", "env:X", "x", "file:empty"}) {
    const auto got = resolve(bad);
    ASSERT_FALSE(got);
    EXPECT_FALSE(got.error().remedy.empty()) << bad << ": " << got.error().full();
  }
}

}  // namespace
}  // namespace fm::identity
