#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/context.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"

namespace fm {
namespace {

TEST(Clock, Rfc3339RoundTrip) {
  EXPECT_EQ(to_rfc3339(1764000000123), "2025-11-24T16:00:00.123Z");
  EXPECT_EQ(parse_rfc3339("2025-11-24T16:00:00.123Z").value(), 1764000000123);
  EXPECT_EQ(parse_rfc3339("2025-11-24T17:00:00.1234567+01:00").value(), 1764000000123);
  EXPECT_EQ(parse_rfc3339("2025-11-24T16:00:00Z").value(), 1764000000000);
  for (const char* bad : {"", "2025", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-11-24T16:00:00",
                          "2025-11-24T16:00:00Zx", "2025-11-24T25:00:00Z", "-025-11-24T16:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(Ids, SortByTimeAndByOrder) {
  FakeClock clock;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    if (i % 100 == 0) clock.advance(Millis{1});
    std::string id = new_id("evt_", clock);
    EXPECT_EQ(id.size(), 30U);
    EXPECT_LT(last, id);
    last = std::move(id);
  }
}

TEST(Text, CleansBytesThatAreNoUtf8) {
  EXPECT_EQ(clean_utf8("ok \xC3\xA9 \xFF \xE2\x82 end"), "ok \xC3\xA9 \xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD end");
  EXPECT_EQ(clean_utf8("a\x1b[31mb\x07"), "a[31mb");
  EXPECT_EQ(truncate_utf8("hällo wörld", 8), "häll…");
  EXPECT_EQ(truncate_utf8("short", 8), "short");
}

TEST(Text, SizesAndTimesAsPeopleSayThem) {
  EXPECT_EQ(human_bytes(830), "830 B");
  EXPECT_EQ(human_bytes(8'192), "8.2 KB");
  EXPECT_EQ(human_bytes(25'000'000), "25 MB");
  EXPECT_EQ(human_duration_ms(420), "420 ms");
  EXPECT_EQ(human_duration_ms(180'000), "3 min");
}

TEST(Json, ReadersNeverThrow) {
  const json::value value = parse_json(R"({"a":{"b":"x","n":7},"list":[1]})").value();
  EXPECT_EQ(text_at(value, "a", "b"), "x");
  EXPECT_EQ(int_at(value, "a", "n"), 7);
  EXPECT_EQ(text_at(value, "a", "n"), "");
  EXPECT_EQ(text_at(value, "a", "b", "c"), "");
  EXPECT_EQ(array_at(value, "list").size(), 1U);
  EXPECT_TRUE(array_at(value, "a").empty());
  EXPECT_FALSE(parse_json("{"));
  EXPECT_FALSE(parse_json("{} x"));
  EXPECT_FALSE(parse_json(std::string(100, '[')));
}

TEST(Context, DeadlinesOnlyGetStricter) {
  FakeClock clock;
  const Context outer(clock, clock.steady() + Millis{100});
  EXPECT_EQ(outer.with_timeout(Millis{500}).remaining(), Millis{100});
  EXPECT_EQ(outer.with_timeout(Millis{50}).remaining(), Millis{50});
  clock.advance(Millis{100});
  EXPECT_EQ(outer.check().error().code, Code::timeout);
}

}  // namespace
}  // namespace fm
