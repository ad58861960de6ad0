#include "net/http.h"

#include <gtest/gtest.h>

#include "net/response_head.h"
#include "net/trace_id.h"

namespace fm::net {
namespace {

TEST(UrlDecode, Decodes) {
  EXPECT_EQ(url_decode("a%20b%2Fc+d"), "a b/c+d");
  EXPECT_EQ(url_decode("%c3%A9"), "é");
  EXPECT_EQ(url_decode(""), "");
}

TEST(UrlDecode, RefusesBrokenEscapes) {
  for (const char* bad : {"%", "%4", "a%zz", "%g0", "%0g", "%%41"}) EXPECT_EQ(url_decode(bad), std::nullopt) << bad;
}

TEST(UrlEncode, RoundTripsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string encoded = url_encode(all);
  EXPECT_EQ(url_decode(encoded), all);
  EXPECT_EQ(encoded.find_first_of(" /?&=#\"<>"), std::string::npos);
  EXPECT_EQ(url_encode("a-b_c.d~e"), "a-b_c.d~e");
}

TEST(Request, FindsHeadersWhateverTheCase) {
  Request request;
  request.headers = {{"X-Hub-Signature-256", "sha256=1"}};
  EXPECT_EQ(request.header("x-hub-signature-256"), "sha256=1");
  EXPECT_EQ(request.header("x-hub"), "");
}

TEST(Request, ReadsTheQuery) {
  Request request;
  request.query = "limit=5&q=a%20b+c&empty=&flag&limit=9&bad=%zz&n%61me=x";
  EXPECT_EQ(request.query_value("limit"), "5");
  EXPECT_EQ(request.query_value("q"), "a b c");
  EXPECT_EQ(request.query_value("empty"), "");
  EXPECT_EQ(request.query_value("flag"), "");
  EXPECT_EQ(request.query_value("name"), "x");
  EXPECT_EQ(request.query_value("bad"), std::nullopt);
  EXPECT_EQ(request.query_value("missing"), std::nullopt);
}

TEST(Request, ReadsCookies) {
  Request request;
  request.headers = {{"Cookie", "a=1; session=x=y;b"}, {"cookie", "late=2"}};
  EXPECT_EQ(request.cookie("session"), "x=y");
  EXPECT_EQ(request.cookie("a"), "1");
  EXPECT_EQ(request.cookie("late"), "2");
  EXPECT_EQ(request.cookie("b"), "");
}

TEST(ResponseHead, WritesFramingItself) {
  Response response = Response::json(202, "{}").with("Content-Length", "999").with("Transfer-Encoding", "chunked");
  std::string head;
  append_head(head, response, {.date = "D", .http10 = false, .keep_alive = true, .content_length = 2});
  EXPECT_EQ(head, "HTTP/1.1 202 Accepted\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseHead, NoValueCanAddAHeader) {
  const Response response = Response::text(200, "").with("X-Note", "a\r\nSet-Cookie: stolen=1").with("Bad\nName", "v");
  std::string head;
  append_head(head, response, {.date = "D", .http10 = false, .keep_alive = false, .content_length = 0});
  EXPECT_EQ(head.find("\nSet-Cookie"), std::string::npos);
  EXPECT_EQ(head.find("\nName"), std::string::npos);
  EXPECT_NE(head.find("X-Note: a  Set-Cookie: stolen=1\r\n"), std::string::npos);
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
}

TEST(ResponseHead, DateIsImfFixdate) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // the example in RFC 9110 section 5.6.7
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(TraceId, TakesAValidTraceparent) {
  EXPECT_EQ(trace_id_from("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace_id_from("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later"),
            "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(TraceId, MakesANewOneOtherwise) {
  for (const char* bad : {"", "x", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra"}) {
    const std::string id = trace_id_from(bad);
    EXPECT_EQ(id.size(), 32U) << bad;
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << bad;
    EXPECT_NE(id, "4bf92f3577b34da6a3ce929d0e0e4736") << bad;
    EXPECT_NE(id, trace_id_from(bad)) << bad;
  }
}

}  // namespace
}  // namespace fm::net
