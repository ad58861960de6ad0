#include "logs/envelope.h"

#include <gtest/gtest.h>

namespace fm::logs {
namespace {

struct Case {
  std::string_view line, text;
  Marker marker = Marker::none;
  std::string_view job, step;
};

TEST(Envelope, PeelsWhatCiSystemsWrap) {
  const Case cases[] = {
      {"plain text", "plain text", Marker::none, "", ""},
      {"2026-03-02T08:15:53.1234567Z hello", "hello", Marker::none, "", ""},
      {"\xEF\xBB\xBF"
       "2026-03-02T08:15:53.1234567Z hello",
       "hello", Marker::none, "", ""},
      {"[2026-03-02T08:15:53.200Z] + make", "+ make", Marker::none, "", ""},
      {"2026-03-02T08:15:53Z", "", Marker::none, "", ""},
      {"build\tRun tests\t2026-03-02T08:15:53.1234567Z hello\tworld", "hello\tworld", Marker::none, "build",
       "Run tests"},
      {"build\tRun tests\t\xEF\xBB\xBF"
       "2026-03-02T08:15:53.1234567Z ##[group]Run make",
       "Run make", Marker::group, "build", "Run tests"},
      {"two\ttabs\tbut no time", "two\ttabs\tbut no time", Marker::none, "", ""},
      {"2026-03-02T08:15:53.1234567Z ##[error]Process completed with exit code 2.",
       "Process completed with exit code 2.", Marker::error, "", ""},
      {"::error file=a.py,line=3::broken", "broken", Marker::error, "", ""},
      {"::warning::careful", "careful", Marker::warning, "", ""},
      {"::not a marker", "::not a marker", Marker::none, "", ""},
      {"##[unknown]x", "##[unknown]x", Marker::none, "", ""},
      {"##[endgroup]", "", Marker::endgroup, "", ""},
      {"##[section]Starting: Build", "Starting: Build", Marker::group, "", ""},
      {"section_start:1700000000:step_script", "step_script", Marker::group, "", ""},
      {"section_end:1700000000:step_script", "", Marker::endgroup, "", ""},
      {"2026-03-02T08:15:53.200941Z 01O $ make", "$ make", Marker::none, "", ""},
      {"travis_fold:start:install", "install", Marker::group, "", ""},
      {"\x1b[1;31merror\x1b[0m\x1b[1m: mismatched\x1b[0m", "error: mismatched", Marker::none, "", ""},
      {"\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\ end", "link end", Marker::none, "", ""},
      {"\x1b_bk;t=1700\ahello", "hello", Marker::none, "", ""},
      {"^[[31mFAILED^[[0m a::b", "FAILED a::b", Marker::none, "", ""},
      {"cut off \x1b[", "cut off ", Marker::none, "", ""},
      {"cut off \x1b", "cut off ", Marker::none, "", ""},
  };
  for (const Case& each : cases) {
    std::string scratch;
    const Peeled peeled = peel(each.line, scratch);
    EXPECT_EQ(peeled.text, each.text) << each.line;
    EXPECT_EQ(peeled.marker, each.marker) << each.line;
    EXPECT_EQ(peeled.job, each.job) << each.line;
    EXPECT_EQ(peeled.step, each.step) << each.line;
  }
}

TEST(Envelope, TakesBuildkitsPrefixOff) {
  EXPECT_EQ(strip_buildkit("#12 0.512 fatal: no such ref"), "fatal: no such ref");
  EXPECT_EQ(strip_buildkit("#12 ERROR: process failed"), "ERROR: process failed");
  EXPECT_EQ(strip_buildkit("#include <x.h>"), "#include <x.h>");
  EXPECT_EQ(strip_buildkit("#12"), "#12");
}

}  // namespace
}  // namespace fm::logs
