#include "base/json.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace fm {
namespace {

TEST(JsonParse, RefusesWhatIsNoSingleValue) {
  for (const char* bad :
       {"",        " ",           "{",         "[1,]",          "{\"a\":1,}", "01",     "+1",  ".5",
        "nul",     "NaN",         "Infinity",  "'a'",           "{a:1}",      "\"\t\"", "1 2", "{} {}",
        "\"\\x\"", "\"\\ud800\"", "/* c */ 1", "\xEF\xBB\xBF{}"}) {
    const auto value = parse_json(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().code, Code::invalid);
    EXPECT_TRUE(value.error().message.starts_with("not JSON")) << value.error().message;
  }
  for (const char* good :
       {"{}", " [] \n", "0", "-0", "1e3", "\"\"", "null", "true\r\n\t ", "\"\\u0000\"", "\"\\ud83d\\ude00\""})
    EXPECT_TRUE(parse_json(good)) << good;
}

TEST(JsonParse, DepthIsLimited) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse_json(nested(60)));
  EXPECT_FALSE(parse_json(nested(100)));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parse_json(objects + "1" + std::string(100, '}')));
}

TEST(JsonParse, WhatWasWrittenComesBack) {
  for (const char* text : {R"({"a":[1,-2,3.5,true,false,null,"x"],"b":{"c":"ä\"\\\n"}})", "[]", R"("\u0000")",
                           "9223372036854775807", "18446744073709551615"}) {
    const auto value = parse_json(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(parse_json(to_json(*value)).value(), *value) << text;
  }
}

TEST(JsonRead, NumbersThatFitAndThoseThatDoNot) {
  const auto number = [](const char* text) {
    const json::value value = parse_json(text).value();
    return as_int(&value);
  };
  EXPECT_EQ(number("7"), 7);
  EXPECT_EQ(number("-7"), -7);
  EXPECT_EQ(number("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(number("9223372036854775808"), std::nullopt);
  EXPECT_EQ(number("1.0"), std::nullopt);
  EXPECT_EQ(number("1e2"), std::nullopt);
  EXPECT_EQ(number("\"7\""), std::nullopt);
  EXPECT_EQ(number("null"), std::nullopt);
  EXPECT_EQ(as_int(nullptr), std::nullopt);
}

TEST(JsonRead, PathsThatLeadNowhere) {
  const json::value value = parse_json(R"({"a":{"b":true},"n":null,"list":[{"x":1}],"":"empty key"})").value();
  EXPECT_TRUE(bool_at(value, "a", "b"));
  EXPECT_FALSE(bool_at(value, "a"));
  EXPECT_FALSE(bool_at(value, "n"));
  EXPECT_EQ(find(value, "a", "b", "c"), nullptr);
  EXPECT_EQ(find(value, "list", "x"), nullptr) << "arrays have no keys";
  EXPECT_EQ(find(json::value(7), "a"), nullptr);
  EXPECT_EQ(int_at(value, "n"), 0);
  EXPECT_EQ(text_at(value, ""), "empty key");
  EXPECT_TRUE(array_at(value, "missing").empty());
  EXPECT_TRUE(array_at(json::value("text"), "a").empty());
  EXPECT_EQ(array_at(value, "list").size(), 1U);
}

TEST(JsonWrite, NothingIsNull) {
  EXPECT_TRUE(text_or_null("").is_null());
  EXPECT_EQ(text_or_null("x"), json::value("x"));
  EXPECT_TRUE(time_or_null(0).is_null());
  EXPECT_EQ(time_or_null(1'764'000'000'123), json::value("2025-11-24T16:00:00.123Z"));
}

}  // namespace
}  // namespace fm
