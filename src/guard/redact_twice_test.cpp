// Logs are redacted when they are fetched, and their parts again when they are shown: the second time changes nothing.
#include <gtest/gtest.h>

#include "guard/redact.h"

namespace fm::guard {
namespace {

void expect_same_twice(const std::string& text) {
  const Redactor redactor(std::string(32, 'k'));
  const Redacted once = redactor.redact(text);
  EXPECT_NE(once.text, text) << "there is something to redact";
  const Redacted twice = redactor.redact(once.text);
  EXPECT_EQ(twice.text, once.text);
  EXPECT_EQ(twice.total(), 0U);
}

TEST(RedactTwice, PrivateKeysStayAsTheyAre) {
  expect_same_twice(
      "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdefghijk=\n-----END RSA PRIVATE KEY-----\nafter\n");
  expect_same_twice("-----BEGIN PRIVATE KEY-----\r\nMIIEowIBAAKCAQEA\r\nabcdefghijk=\r\nno end\r\n");
}

TEST(RedactTwice, TokensAndPasswordsStayAsTheyAre) {
  expect_same_twice("token=ghp_16C7e42F292c6912E7710c838347Ae178B4a\n");
  expect_same_twice("https://user:pa55w0rd@example.com/x\n");
  expect_same_twice("Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345\n");
}

TEST(RedactTwice, TheLastShortLineOfAKeyGoesToo) {
  const std::string out =
      Redactor(std::string(32, 'k'))
          .redact_text("-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nxyz=\n-----END PRIVATE KEY-----\n");
  EXPECT_EQ(out.find("xyz="), std::string::npos) << out;
}

}  // namespace
}  // namespace fm::guard
