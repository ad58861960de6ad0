#include "api/problem.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace fm::api {
namespace {

std::string header(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

TEST(Problem, EveryCodeHasItsStatus) {
  const std::pair<Code, int> table[] = {
      {Code::invalid, 400},   {Code::unauthorised, 401}, {Code::forbidden, 403}, {Code::not_found, 404},
      {Code::conflict, 409},  {Code::too_large, 413},    {Code::limited, 429},   {Code::timeout, 504},
      {Code::cancelled, 503}, {Code::unavailable, 503},  {Code::internal, 500},
  };
  for (const auto& [code, status] : table) {
    EXPECT_EQ(http_status(code), status) << to_string(code);
    const net::Response response = problem(Error{code, "what", "do this", nullptr, std::nullopt}, "trace1");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(header(response, "content-type"), "application/problem+json");
    const auto body = parse_json(response.body);
    ASSERT_TRUE(body) << response.body;
    EXPECT_EQ(int_at(*body, "status"), status);
    EXPECT_EQ(text_at(*body, "code"), to_string(code));
    EXPECT_EQ(text_at(*body, "detail"), "what");
    EXPECT_EQ(text_at(*body, "remedy"), "do this");
    EXPECT_EQ(text_at(*body, "trace_id"), "trace1");
    EXPECT_NE(text_at(*body, "title"), "");
    EXPECT_NE(text_at(*body, "type"), "");
    EXPECT_EQ(body->as_object().size(), 7U) << response.body;
  }
}

TEST(Problem, SaysWhenToComeAgain) {
  const auto after = [](Code code, std::optional<Millis> retry) {
    return header(problem(Error{code, "m", "", nullptr, retry}, ""), "retry-after");
  };
  EXPECT_EQ(after(Code::limited, Millis{1'001}), "2") << "rounded up";
  EXPECT_EQ(after(Code::limited, Millis{60'000}), "60");
  EXPECT_EQ(after(Code::limited, Millis{0}), "1");
  EXPECT_EQ(after(Code::limited, Millis{-5'000}), "1");
  EXPECT_EQ(after(Code::unavailable, std::nullopt), "1");
  EXPECT_EQ(after(Code::invalid, std::nullopt), "");
  EXPECT_EQ(header(problem(Error{Code::unauthorised, "m"}, ""), "www-authenticate"), "Bearer");
}

TEST(Problem, BytesThatAreNoTextAndCausesStayInside) {
  Error error{Code::internal, "bad \xff\x01 \"quoted\"", "",
              std::make_shared<Error>(Error{Code::internal, "the inner secret"}), std::nullopt};
  const net::Response response = problem(error, "t");
  const auto body = parse_json(response.body);
  ASSERT_TRUE(body) << response.body;
  EXPECT_EQ(text_at(*body, "detail"), "bad \xEF\xBF\xBD \"quoted\"");
  EXPECT_FALSE(contains(response.body, "inner secret"));
}

TEST(Problem, OfTheServersOwnRefusals) {
  const std::pair<int, std::string_view> table[] = {{400, "invalid"},   {401, "unauthorised"}, {403, "forbidden"},
                                                    {404, "not_found"}, {408, "timeout"},      {413, "too_large"},
                                                    {429, "limited"},   {503, "unavailable"},  {500, "internal"}};
  for (const auto& [status, code] : table) {
    const net::Response response = problem_of_status(status, "detail", "t");
    EXPECT_EQ(response.status, status);
    const auto body = parse_json(response.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(text_at(*body, "code"), code) << status;
    EXPECT_EQ(int_at(*body, "status"), status);
  }
  for (const int client_fault : {405, 411, 414, 415, 431}) {
    const auto body = parse_json(problem_of_status(client_fault, "d", "t").body);
    EXPECT_NE(text_at(*body, "code"), "internal") << client_fault << " is no fault of ours";
  }
}

}  // namespace
}  // namespace fm::api
