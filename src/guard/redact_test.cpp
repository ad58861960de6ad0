#include "guard/redact.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace fm::guard {
namespace {

const Redactor& redactor() {
  static const Redactor instance("a key for tests only");
  return instance;
}

struct Case {
  std::string line;
  std::string secret;  // must be gone
  std::string type;
};

class RedactTest : public testing::TestWithParam<Case> {};

TEST_P(RedactTest, HidesTheSecretAndNamesItsType) {
  const Redacted out = redactor().redact(GetParam().line);
  EXPECT_EQ(out.text.find(GetParam().secret), std::string::npos) << out.text;
  EXPECT_TRUE(out.counts.contains(GetParam().type)) << out.text;
}

// Built from pieces so that no scanner takes the test for a leak.
const std::string kA36 = "16C7e42F292c6912E7710c838347Ae178B4a";
INSTANTIATE_TEST_SUITE_P(
    Kinds, RedactTest,
    testing::Values(Case{"using gh"
                         "p_" +
                             kA36,
                         "gh"
                         "p_" +
                             kA36,
                         "GITHUB_TOKEN"},
                    Case{"GITLAB: gl"
                         "pat-abcdefghij0123456789",
                         "abcdefghij0123456789", "GITLAB_TOKEN"},
                    Case{"AWS_ACCESS_KEY_ID=AK"
                         "IAIOSFODNN7EXAMPLE",
                         "IOSFODNN7EXAMPLE", "AWS_KEY_ID"},
                    Case{"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI",
                         "AWS_SECRET"},
                    Case{"xo"
                         "xb-123456789012-abcdefGHIJKL",
                         "123456789012-abcdef", "SLACK_TOKEN"},
                    Case{"POST https://hooks.sl"
                         "ack.com/services/T000/B000/XXXXXXXXXXXXYYYY1234",
                         "B000/XXXX", "SLACK_WEBHOOK"},
                    Case{"key sk-"
                         "ant-REDACTME0123456789abcdef",
                         "REDACTME0123456789", "LLM_KEY"},
                    Case{"//registry/:_authToken=npm"
                         "_" +
                             kA36,
                         kA36, "PACKAGE_TOKEN"},
                    Case{"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
                         "dozjgNryP4J3j", "JWT"},
                    Case{"Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNz", "AUTHORIZATION"},
                    Case{"> Cookie: session=abc123; other=2", "session=abc123", "COOKIE"},
                    Case{"fetch https://bob:hunter2@git.example.com/a.git", "hunter2", "URL_CREDENTIAL"},
                    Case{"postgres://app:s3cr3t@db:5432/app", "s3cr3t", "URL_CREDENTIAL"},
                    Case{"DB_PASSWORD=correcthorse", "correcthorse", "PASSWORD"},
                    Case{"password: 'tr0ub4dor'", "tr0ub4dor", "PASSWORD"},
                    Case{"DEPLOY_TOKEN=a8f5f167f44f4964e6c998dee827110c", "a8f5f167f44f4964", "SECRET"}));

TEST(Redact, LeavesOrdinaryLinesAlone) {
  for (const char* line : {"Bearer of bad news: 3 tests failed", "token: expected identifier, found `}`",
                           "##[error]Process completed with exit code 1.", "secret: none", "password: ***",
                           "error: unexpected token '<' at line 3", "https://example.com/path?x=1@2",
                           "src/tokenizer.py:12: in test_token", "TOKEN=${{ secrets.TOKEN }}"}) {
    EXPECT_EQ(redactor().redact(line).text, line);
  }
}

TEST(Redact, IsConsistentAndIdempotent) {
  const std::string one = redactor().redact("PASSWORD=opensesame1 then PASSWORD=opensesame1").text;
  const std::string again = redactor().redact(one).text;
  EXPECT_EQ(one, again);
  EXPECT_EQ(std::count(one.begin(), one.end(), '<'), 2);
  EXPECT_EQ(one.substr(one.find('<'), 17), one.substr(one.rfind('<'), 17));
  EXPECT_NE(one, Redactor("another key").redact("PASSWORD=opensesame1 then PASSWORD=opensesame1").text);
}

TEST(Redact, KeepsLineStructureOfPrivateKeys) {
  const std::string text =
      "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdefghijk\n-----END RSA PRIVATE KEY-----\nz\r\n";
  const Redacted out = redactor().redact(text);
  EXPECT_EQ(out.text.find("MIIEow"), std::string::npos);
  EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '\n'), std::count(text.begin(), text.end(), '\n'));
  EXPECT_TRUE(out.text.ends_with("z\r\n"));
}

}  // namespace
}  // namespace fm::guard
