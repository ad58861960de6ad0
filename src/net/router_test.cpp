#include "net/router.h"

#include <gtest/gtest.h>

namespace fm::net {
namespace {

using Kind = Router::Match::Kind;

class RouterTest : public ::testing::Test {
 protected:
  void add(const char* method, const char* pattern, std::size_t id) { ASSERT_TRUE(router.add(method, pattern, id)); }
  Router router;
};

TEST_F(RouterTest, LiteralBeatsNameBeatsRest) {
  add("GET", "/", 0);
  add("GET", "/events", 1);
  add("GET", "/events/{id}", 2);
  add("GET", "/events/stats", 3);
  add("GET", "/events/{id}/log", 4);
  add("GET", "/*", 5);
  const std::pair<const char*, std::size_t> table[] = {{"/", 0},
                                                       {"/events", 1},
                                                       {"/events/7", 2},
                                                       {"/events/stats", 3},
                                                       {"/events/7/log", 4},
                                                       {"/events/stats/log", 4},
                                                       {"/events/7/other", 5},
                                                       {"/events/", 5},
                                                       {"/elsewhere/a/b", 5},
                                                       {"/x", 5}};
  for (const auto& [path, id] : table) {
    const auto match = router.match("GET", path);
    EXPECT_EQ(match.kind, Kind::found) << path;
    EXPECT_EQ(match.route, id) << path;
  }
}

TEST_F(RouterTest, GivesDecodedValues) {
  add("GET", "/a/{one}/b/{two}", 0);
  add("GET", "/files/*", 1);
  const auto named = router.match("GET", "/a/x%2Fy/b/z%20");
  ASSERT_EQ(named.values.size(), 2U);
  EXPECT_EQ(named.values[0], (std::pair<std::string_view, std::string>("one", "x/y")));
  EXPECT_EQ(named.values[1], (std::pair<std::string_view, std::string>("two", "z ")));
  const auto rest = router.match("GET", "/files/css/a%2Eb");
  ASSERT_EQ(rest.values.size(), 1U);
  EXPECT_EQ(rest.values[0].second, "css/a.b");
  EXPECT_EQ(router.match("GET", "/files/").values[0].second, "");
  EXPECT_EQ(router.match("GET", "/%66iles/x").route, 1U);
  EXPECT_EQ(router.match("GET", "/files").kind, Kind::unknown_path);
}

TEST_F(RouterTest, BacktracksValues) {
  add("GET", "/{a}/x/{b}", 0);
  add("GET", "/{c}/*", 1);
  const auto match = router.match("GET", "/1/x/2/3");
  EXPECT_EQ(match.route, 1U);
  ASSERT_EQ(match.values.size(), 2U);
  EXPECT_EQ(match.values[0].second, "1");
  EXPECT_EQ(match.values[1].second, "x/2/3");
}

TEST_F(RouterTest, ThePathDecidesBeforeTheMethod) {
  add("GET", "/jobs/{id}", 0);
  add("DELETE", "/jobs/{id}", 1);
  add("POST", "/jobs/clear", 2);
  EXPECT_EQ(router.match("DELETE", "/jobs/3").route, 1U);
  EXPECT_EQ(router.match("HEAD", "/jobs/3").route, 0U);
  const auto wrong = router.match("PUT", "/jobs/3");
  EXPECT_EQ(wrong.kind, Kind::wrong_method);
  EXPECT_EQ(wrong.allow, "GET, HEAD, DELETE");
  EXPECT_EQ(router.match("GET", "/jobs/clear").kind, Kind::wrong_method);
  EXPECT_EQ(router.match("HEAD", "/jobs/clear").kind, Kind::wrong_method);
}

TEST_F(RouterTest, RefusesBadPatternsAndTwins) {
  for (const char* bad : {"", "x", "/a/*/b", "/a/{", "/a/{}"}) EXPECT_FALSE(router.add("GET", bad, 0)) << bad;
  add("GET", "/a/{x}", 0);
  const auto twin = router.add("GET", "/a/{y}", 1);
  ASSERT_FALSE(twin);
  EXPECT_EQ(twin.error().code, Code::conflict);
}

TEST_F(RouterTest, KnowsNothingOfOtherForms) {
  add("GET", "/*", 0);
  EXPECT_EQ(router.match("OPTIONS", "*").kind, Kind::unknown_path);
  EXPECT_EQ(router.match("GET", "").kind, Kind::unknown_path);
}

}  // namespace
}  // namespace fm::net
