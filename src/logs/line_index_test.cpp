#include "logs/line_index.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fm::logs {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.next(line)) lines.emplace_back(line);
  return lines;
}

/// The definition, one byte at a time.
std::vector<std::string> by_definition(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\r') {
      line += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    lines.push_back(line);
    line.clear();
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

TEST(LineIndex, EndsLinesAtAllThreeBreaks) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("a"), Lines{"a"});
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
  EXPECT_EQ(lines_of("a\nb\r\nc\rd"), (Lines{"a", "b", "c", "d"}));
  EXPECT_EQ(lines_of("\n\r\n\r"), (Lines{"", "", ""}));
  EXPECT_EQ(lines_of("10 %\r20 %\rdone\n"), (Lines{"10 %", "20 %", "done"}));
}

TEST(LineIndex, AgreesWithTheDefinitionOnRandomText) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const size_t size = random() % 700;
    for (size_t i = 0; i < size; ++i) text += "abcdefg xyz\n\r"[random() % (round % 2 == 0 ? 13 : 12)];
    const auto expected = by_definition(text);
    ASSERT_EQ(lines_of(text), expected);
    const LineIndex index(text);
    ASSERT_EQ(index.size(), expected.size());
    for (size_t n = 1; n <= expected.size(); ++n) {
      ASSERT_EQ(index.line(n), expected[n - 1]);
      ASSERT_EQ(index.line_at(index.offset(n)), n);
    }
  }
}

TEST(LineIndex, FindsTheLineOfAByte) {
  std::string text;
  for (int i = 1; i <= 200; ++i) text += "line " + std::to_string(i) + "\r\n";
  const LineIndex index(text);
  EXPECT_EQ(index.size(), 200U);
  EXPECT_EQ(index.line_at(0), 1U);
  EXPECT_EQ(index.line_at(text.find("line 150") + 3), 150U);
  EXPECT_EQ(index.line_at(text.size() + 5), 200U);
  EXPECT_EQ(index.line(0), "");
  EXPECT_EQ(index.line(201), "");
  EXPECT_EQ(index.offset(201), text.size());
  LineReader from = index.from(130);
  std::string_view line;
  ASSERT_TRUE(from.next(line));
  EXPECT_EQ(line, "line 130");
  EXPECT_EQ(from.number(), 130U);
}

}  // namespace
}  // namespace fm::logs
