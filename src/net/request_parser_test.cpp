#include "net/request_parser.h"

#include <gtest/gtest.h>

namespace fm::net {
namespace {

using State = RequestParser::State;

struct Outcome {
  State state = State::need_more;
  Request request;
  int status = 0;
  std::size_t consumed = 0;
};

// Feeds the bytes, cut into pieces of that size, to the end of the head or of a chunked body.
Outcome parse(std::string_view bytes, std::size_t piece = std::string_view::npos, std::size_t limit = 1000) {
  Outcome out;
  RequestParser parser(1024);
  parser.start(out.request);
  std::string pending;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    pending += part;
    bytes.remove_prefix(part.size());
    for (;;) {
      const auto step = parser.feed(pending);
      pending.erase(0, step.consumed);
      out.consumed += step.consumed;
      out.state = step.state;
      if (step.state == State::failed) out.status = parser.error_status();
      if (step.state != State::head_done) break;
      if (!parser.chunked()) return out;
      parser.begin_chunked(limit, {});
    }
    if (out.state != State::need_more) return out;
  }
  return out;
}

constexpr std::string_view kHost = "Host: h\r\n";
std::string get(std::string_view headers) { return "GET / HTTP/1.1\r\n" + std::string(headers) + "\r\n"; }
std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

TEST(RequestParser, ReadsAHead) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
    const Outcome out =
        parse("POST /a%20b/c?x=%31&y HTTP/1.1\r\nHost: h\r\nX-One:  two \r\nContent-Length: 3\r\n\r\nabc", piece);
    ASSERT_EQ(out.state, State::head_done) << piece;
    EXPECT_EQ(out.request.method, "POST");
    EXPECT_EQ(out.request.target, "/a%20b/c?x=%31&y");
    EXPECT_EQ(out.request.path, "/a b/c");
    EXPECT_EQ(out.request.query, "x=%31&y");
    EXPECT_EQ(out.request.header("x-one"), "two");
    EXPECT_EQ(out.request.headers.size(), 3U);
  }
}

TEST(RequestParser, TargetForms) {
  EXPECT_EQ(parse("GET http://h:80/x?y HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "/x");
  EXPECT_EQ(parse("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "/");
  EXPECT_EQ(parse("GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n").request.query, "q");
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "*");
}

TEST(RequestParser, ForgivesAnEmptyLineBefore) {
  EXPECT_EQ(parse("\r\n" + get(kHost)).state, State::head_done);
  EXPECT_EQ(parse("\r\n" + get(kHost), 1).state, State::head_done);
}

TEST(RequestParser, DecodesChunksHoweverTheyAreCut) {
  const std::string whole =
      chunked("5\r\nhello\r\n1;ext=\"a\"\r\n \r\nA\r\n0123456789\r\n0\r\nX-Trailer: t\r\nHost: evil\r\n\r\n");
  for (std::size_t piece = 1; piece < whole.size(); ++piece) {
    const Outcome out = parse(whole, piece);
    ASSERT_EQ(out.state, State::complete) << piece;
    EXPECT_EQ(out.request.body, "hello 0123456789") << piece;
    EXPECT_EQ(out.request.header("x-trailer"), "") << "a trailer became a header";
    EXPECT_EQ(out.request.header("host"), "h");
    EXPECT_EQ(out.consumed, whole.size());
  }
}

TEST(RequestParser, EmptyChunkedBodyByteByByte) {
  const Outcome out = parse(chunked("0\r\n\r\n"), 1);
  EXPECT_EQ(out.state, State::complete);
  EXPECT_EQ(out.request.body, "");
}

TEST(RequestParser, StopsAtTheEndOfTheBody) {
  const std::string whole = chunked("1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(parse(whole + "GET / HTTP/1.1\r\n").consumed, whole.size());
}

struct Bad {
  const char* name;
  std::string bytes;
  int status;
};

TEST(RequestParser, Refuses) {
  const std::string big(2000, 'x');
  std::string many = get("");
  many.resize(many.size() - 2);
  for (int i = 0; i < 130; ++i) many += "a: \r\n";
  const Bad table[] = {
      {"both framings", get("Host: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"both framings, other order", get("Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n"), 400},
      {"two lengths", get("Host: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n"), 400},
      {"two equal lengths", get("Host: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n"), 400},
      {"list of lengths", get("Host: h\r\nContent-Length: 4, 4\r\n"), 400},
      {"negative length", get("Host: h\r\nContent-Length: -1\r\n"), 400},
      {"signed length", get("Host: h\r\nContent-Length: +1\r\n"), 400},
      {"hexadecimal length", get("Host: h\r\nContent-Length: 0x10\r\n"), 400},
      {"empty length", get("Host: h\r\nContent-Length: \r\n"), 400},
      {"huge length", get("Host: h\r\nContent-Length: 99999999999999999999999\r\n"), 400},
      {"two codings", get("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"coding and identity", get("Host: h\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 501},
      {"gzip coding", get("Host: h\r\nTransfer-Encoding: gzip, chunked\r\n"), 501},
      {"unknown coding", get("Host: h\r\nTransfer-Encoding: xchunked\r\n"), 501},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"space before colon", get("Host: h\r\nTransfer-Encoding : chunked\r\n"), 400},
      {"space before name", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"no name", get("Host: h\r\n: x\r\n"), 400},
      {"control in value",
       get("Host: h\r\nX: a\x01"
           "b\r\n"),
       400},
      {"bare line feed", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"no host", get(""), 400},
      {"two hosts", get("Host: a\r\nHost: b\r\n"), 400},
      {"version 2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"version 9", "GET / HTTP/1.9\r\nHost: h\r\n\r\n", 505},
      {"no version", "GET /\r\nHost: h\r\n\r\n", 400},
      {"not http", "\x16\x03\x01\x02 hello\r\n\r\n", 400},
      {"bad escape", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"cut escape", "GET /a%4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"NUL in path", "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"long target", "GET /" + big + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
      {"long header", get("Host: h\r\nX: " + big + "\r\n"), 431},
      {"many headers", many + "\r\n", 431},
      {"chunk size is no number", chunked("x\r\nabc\r\n"), 400},
      {"chunk size is empty", chunked("\r\nabcd\r\n"), 400},
      {"chunk size is negative", chunked("-1\r\nabc\r\n"), 400},
      {"chunk size has a prefix", chunked("0x3\r\nabc\r\n\r\n"), 400},
      {"chunk size overflows", chunked("10000000000000001\r\nabc\r\n"), 400},
      {"chunk size is huge", chunked("FFFFFFFFFFFFFFFF\r\nabc\r\n"), 413},
      {"chunk longer than said", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"chunk ends in line feed", chunked("3\r\nabc\n0\r\n\r\n"), 400},
      {"chunks over the limit", chunked("3E8\r\n" + std::string(1000, 'a') + "\r\n1\r\nb\r\n0\r\n\r\n"), 413},
  };
  for (const Bad& bad : table) {
    for (const std::size_t piece : {std::string_view::npos, std::size_t{1}, std::size_t{7}}) {
      const Outcome out = parse(bad.bytes, piece);
      EXPECT_EQ(out.state, State::failed) << bad.name << " in pieces of " << piece;
      EXPECT_EQ(out.status, bad.status) << bad.name << " in pieces of " << piece;
    }
  }
}

TEST(RequestParser, AsksBeforeABodyGrows) {
  Request request;
  RequestParser parser(1024);
  parser.start(request);
  std::string bytes = chunked("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");
  const auto head = parser.feed(bytes);
  ASSERT_EQ(head.state, State::head_done);
  parser.begin_chunked(1000, [](std::size_t size) { return size <= 5; });
  const auto rest = parser.feed(std::string_view(bytes).substr(head.consumed));
  EXPECT_EQ(rest.state, State::failed);
  EXPECT_EQ(parser.error_status(), 503);
  EXPECT_EQ(request.body, "hello");
}

TEST(RequestParser, ServesOneRequestAfterTheOther) {
  RequestParser parser(1024);
  for (int i = 0; i < 3; ++i) {
    Request request;
    parser.start(request);
    ASSERT_EQ(parser.feed(get(kHost)).state, State::head_done);
    EXPECT_EQ(request.headers.size(), 1U);
    EXPECT_TRUE(parser.keep_alive());
  }
}

}  // namespace
}  // namespace fm::net
