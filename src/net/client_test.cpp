// The client against our own server and against peers that misbehave on purpose.
#include "net/client.h"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <zlib.h>

#include "net/server_testing.h"

namespace fm::net::testing {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// "brotli" (RFC 7932): one uncompressed meta-block of the text, then an empty last one.
std::string brotli(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  const auto put = [&](unsigned value, int width) {
    for (int i = 0; i < width; ++i) {
      bits |= (value >> i & 1U) << count;
      if (++count == 8) {
        out += static_cast<char>(bits);
        bits = 0;
        count = 0;
      }
    }
  };
  put(0, 1);  // window of 16 bits
  put(0, 1);  // not the last meta-block
  put(0, 2);  // its length in four nibbles
  put(static_cast<unsigned>(text.size() - 1), 16);
  put(1, 1);  // uncompressed
  while (count != 0) put(0, 1);
  out += text;
  put(3, 2);  // last, empty
  while (count != 0) put(0, 1);
  return out;
}

std::string ok(std::string_view body, std::string_view headers = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" +
         std::string(body);
}

class ClientTest : public ServerTest {
 protected:
  HttpClient& client() {
    if (!client_) client_ = std::make_unique<HttpClient>(client_options);
    return *client_;
  }
  void trust(const std::string& origin) { client_options.trusted_origins.push_back(origin); }
  std::string origin() { return "http://127.0.0.1:" + std::to_string(server().port()); }
  void start_trusted() {
    start();
    trust(origin());
  }
  Context context(Millis timeout = Millis{10'000}, std::stop_token stop = {}) {
    return {clock, clock.steady() + timeout, std::move(stop)};
  }
  Result<ClientResponse> fetch(const std::string& url) {
    ClientRequest request;
    request.url = url;
    return client().send(context(), request);
  }
  static Code code_of(const Result<ClientResponse>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? Code::internal : result.error().code;
  }

  ClientOptions client_options;

 private:
  std::unique_ptr<HttpClient> client_;
};

TEST_F(ClientTest, SendsMethodHeadersAndBody) {
  server().on_edge("PATCH", "/x", [](Request&& request, Responder answer) {
    answer(Response::text(207, request.query + "|" + std::string(request.header("x-one")) + "|" +
                                   std::string(request.header("x-empty")) + "|" +
                                   std::string(request.header("user-agent")) + "|" +
                                   std::string(request.header("content-type")) + "|" + request.body)
               .with("X-Two", "a")
               .with("X-Two", "b"));
  });
  start_trusted();
  client_options.user_agent = "firstmate-test";
  ClientRequest request;
  request.method = "PATCH";
  request.url = origin() + "/x?q=1";
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "application/json"}};
  request.body = std::string("{}\0", 3);
  const auto response = client().send(context(), request);
  ASSERT_TRUE(response) << response.error().full();
  EXPECT_EQ(response->status, 207);
  EXPECT_EQ(response->body, std::string("q=1|1||firstmate-test|application/json|{}\0", 42));
  EXPECT_EQ(response->header("x-two"), "b");
  EXPECT_EQ(response->final_url, origin() + "/x?q=1");
}

TEST_F(ClientTest, EveryMethodArrives) {
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    server().on_edge(method, "/m", [](Request&& request, Responder answer) {
      answer(Response::text(200, request.method + ":" + request.body));
    });
  }
  start_trusted();
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    for (const char* body : {"", "b"}) {
      if (std::string(method) == "GET" && body[0] != '\0') continue;
      ClientRequest request;
      request.method = method;
      request.url = origin() + "/m";
      request.body = body;
      const auto response = client().send(context(), request);
      ASSERT_TRUE(response) << response.error().full();
      EXPECT_EQ(response->body, std::string(method) + ":" + body);
    }
  }
  ClientRequest head;
  head.method = "HEAD";
  head.url = origin() + "/m";
  const auto response = client().send(context(), head);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header("content-length"), "5");
  EXPECT_EQ(response->body, "");
}

TEST_F(ClientTest, AnyStatusIsAValue) {
  server().on_edge("GET", "/{status}", [](Request&& request, Responder answer) {
    answer(Response::text(std::stoi(std::string(request.path_value("status"))), "why"));
  });
  start_trusted();
  for (const int status : {201, 302, 404, 429, 500, 503}) {
    const auto response = fetch(origin() + "/" + std::to_string(status));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->body, "why");
  }
}

TEST_F(ClientTest, UsesConnectionsAgain) {
  std::string last;
  Peer peer([](Socket& socket) {
    while (!socket.read_until("\r\n\r\n").empty()) socket.send(ok("x"));
  });
  trust(peer.origin());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(fetch(peer.url()));
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTest, AConnectionThatDiedWhileIdleIsReplaced) {
  Peer peer([](Socket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send(ok("x"));
  });
  trust(peer.origin());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fetch(peer.url())) << i;
  EXPECT_EQ(peer.connections(), 5);
}

TEST_F(ClientTest, LargeBodiesBothWays) {
  server().on_edge("POST", "/echo",
                   [](Request&& request, Responder answer) { answer(Response::text(200, std::move(request.body))); },
                   {.body_limit_bytes = 30'000'000});
  start_trusted();
  ClientRequest request;
  request.method = "POST";
  request.url = origin() + "/echo";
  request.body.assign(20'000'000, 'b');
  const auto response = client().send(context(), request);
  ASSERT_TRUE(response) << response.error().full();
  EXPECT_TRUE(response->body == request.body);
}

TEST_F(ClientTest, DecodesCompressedBodies) {
  const std::string text = "compressed " + std::string(5000, 'c');
  server().on_edge("GET", "/gzip", [&](Request&& request, Responder answer) {
    EXPECT_NE(request.header("accept-encoding").find("gzip"), std::string_view::npos);
    EXPECT_NE(request.header("accept-encoding").find("br"), std::string_view::npos);
    answer(Response::text(200, gzip(text)).with("Content-Encoding", "gzip"));
  });
  server().on_edge("GET", "/br", [&](Request&&, Responder answer) {
    answer(Response::text(200, brotli(text)).with("Content-Encoding", "br"));
  });
  server().on_edge("GET", "/broken", [&](Request&&, Responder answer) {
    answer(Response::text(200, "this is no gzip").with("Content-Encoding", "gzip"));
  });
  start_trusted();
  for (const char* path : {"/gzip", "/br"}) {
    const auto response = fetch(origin() + path);
    ASSERT_TRUE(response) << response.error().full();
    EXPECT_EQ(response->body, text) << path;
    EXPECT_EQ(response->header("content-encoding"), "");
    EXPECT_EQ(response->header("content-length"), "");
  }
  EXPECT_EQ(code_of(fetch(origin() + "/broken")), Code::unavailable);
  // Who asks for a coding by name gets the bytes as they came.
  ClientRequest raw;
  raw.url = origin() + "/gzip";
  raw.headers = {{"Accept-Encoding", "gzip, br"}};
  const auto response = client().send(context(), raw);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, gzip(text));
  EXPECT_EQ(response->header("content-encoding"), "gzip");
}

TEST_F(ClientTest, TooLarge) {
  const std::string bomb = gzip(std::string(5'000'000, '\0'));
  server().on_edge("GET", "/plain",
                   [](Request&&, Responder answer) { answer(Response::text(200, std::string(1001, 'x'))); });
  server().on_edge("GET", "/bomb", [&](Request&&, Responder answer) {
    answer(Response::text(200, bomb).with("Content-Encoding", "gzip"));
  });
  start_trusted();
  ClientRequest request;
  request.url = origin() + "/plain";
  request.max_body_bytes = 1000;
  EXPECT_EQ(code_of(client().send(context(), request)), Code::too_large);
  request.max_body_bytes = 1001;
  EXPECT_TRUE(client().send(context(), request));
  ASSERT_LT(bomb.size(), 100'000U);
  request.url = origin() + "/bomb";
  request.max_body_bytes = 100'000;
  EXPECT_EQ(code_of(client().send(context(), request)), Code::too_large);
}

TEST_F(ClientTest, StreamsTheBody) {
  const std::string page(3'000'000, 's');
  server().on_edge("GET", "/", [&](Request&&, Responder answer) { answer(Response::text(200, page)); });
  start_trusted();
  std::size_t pieces = 0;
  std::string got;
  ClientRequest request;
  request.url = origin() + "/";
  request.on_body = [&](std::string_view piece) {
    ++pieces;
    got += piece;
    return true;
  };
  const auto response = client().send(context(), request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "");
  EXPECT_TRUE(got == page);
  EXPECT_GT(pieces, 1U);
  request.on_body = [](std::string_view) { return false; };
  EXPECT_EQ(code_of(client().send(context(), request)), Code::cancelled);
}

TEST_F(ClientTest, CutMidBodyIsUnavailable) {
  const char* const answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "",
  };
  for (const char* answer : answers) {
    Peer peer([&](Socket& socket) {
      socket.read_until("\r\n\r\n");
      socket.send(answer);
    });
    ClientOptions options_here;
    options_here.trusted_origins = {peer.origin()};
    HttpClient here(options_here);
    ClientRequest request;
    request.url = peer.url();
    EXPECT_EQ(code_of(here.send(context(), request)), Code::unavailable) << answer;
  }
}

TEST_F(ClientTest, NobodyListensIsUnavailable) {
  std::string url;
  {
    const Peer gone([](Socket&) {});
    url = gone.url();
    trust(gone.origin());
  }
  const auto result = fetch(url + "?token=hidden");
  EXPECT_EQ(code_of(result), Code::unavailable);
  EXPECT_EQ(result.error().full().find("hidden"), std::string::npos) << "a query went into an error message";
}

TEST_F(ClientTest, AStalledAnswerTimesOut) {
  Gate gate;
  Peer peer([&](Socket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    gate.wait();
  });
  trust(peer.origin());
  ClientRequest request;
  request.url = peer.url();
  request.timeout = Millis{150};
  const Steady before = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(client().send(context(), request)), Code::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - before, Millis{600});
  gate.open();
}

TEST_F(ClientTest, TheContextsDeadlineCounts) {
  Gate gate;
  Peer peer([&](Socket& socket) {
    socket.read_until("\r\n\r\n");
    gate.wait();
  });
  trust(peer.origin());
  ClientRequest request;
  request.url = peer.url();
  EXPECT_EQ(code_of(client().send(context(Millis{100}), request)), Code::timeout);
  EXPECT_EQ(code_of(client().send(context(Millis{-1}), request)), Code::timeout);
  gate.open();
}

TEST_F(ClientTest, CancellationIsNoticedAtOnce) {
  Gate gate;
  std::promise<void> stalled;
  Peer peer([&](Socket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    stalled.set_value();
    gate.wait();
  });
  trust(peer.origin());
  std::stop_source stop;
  Steady stopped_at;
  std::thread stopper([&] {
    stalled.get_future().wait();
    stopped_at = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  ClientRequest request;
  request.url = peer.url();
  const auto result = client().send(context(Millis{10'000}, stop.get_token()), request);
  const Steady noticed_at = std::chrono::steady_clock::now();
  stopper.join();
  EXPECT_EQ(code_of(result), Code::cancelled);
  EXPECT_LT(noticed_at - stopped_at, Millis{100});
  EXPECT_EQ(code_of(client().send(context(Millis{10'000}, stop.get_token()), request)), Code::cancelled);
  gate.open();
}

TEST_F(ClientTest, ConnectionsPerHostAreBounded) {
  Gate gate;
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  options.pool_threads = 8;
  server().on_pool("GET", "/", [&](const Context&, Request&) {
    const int now = ++at_once;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    gate.wait();
    --at_once;
    return Response{};
  });
  start_trusted();
  client_options.max_connections_per_host = 2;
  client();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([&] { EXPECT_TRUE(fetch(origin() + "/")); });
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 2; }));
  std::stop_source stop;
  std::thread waiting([&] {
    ClientRequest request;
    request.url = origin() + "/";
    EXPECT_EQ(code_of(client().send(context(Millis{10'000}, stop.get_token()), request)), Code::cancelled);
  });
  stop.request_stop();
  waiting.join();
  gate.open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 2);
}

TEST_F(ClientTest, RetryAfterInBothForms) {
  const FakeClock now(1'764'000'000'000);  // Mon, 24 Nov 2025 16:00:00 GMT
  const auto of = [&](const char* value) {
    ClientResponse response;
    response.headers = {{"Retry-After", value}};
    return response.retry_after(now);
  };
  EXPECT_EQ(of("120"), Millis{120'000});
  EXPECT_EQ(of(" 0 "), Millis{0});
  EXPECT_EQ(of("Mon, 24 Nov 2025 16:01:30 GMT"), Millis{90'000});
  EXPECT_EQ(of("Mon, 24 Nov 2025 15:00:00 GMT"), Millis{0});
  EXPECT_EQ(of("-5"), Millis{0});
  EXPECT_EQ(of("soon"), std::nullopt);
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of("99999999999999"), Millis{365LL * 24 * 3600 * 1000});
  EXPECT_EQ(ClientResponse().retry_after(now), std::nullopt);
}

TEST_F(ClientTest, InvalidRequests) {
  for (const char* url : {"", "/relative", "ftp://127.0.0.1/", "file:///etc/hostname", "http://u:p@127.0.0.1/"}) {
    EXPECT_EQ(code_of(fetch(url)), Code::invalid) << url;
  }
  start_trusted();
  ClientRequest request;
  request.url = origin();
  request.headers = {{"X-Bad", "a\r\nInjected: 1"}};
  EXPECT_EQ(code_of(client().send(context(), request)), Code::invalid);
}

// --- redirects ----------------------------------------------------------------------------------------------------

// GET /hop -> /land on the same origin; GET /away -> /land on the other. /land tells what arrived.
class RedirectTest : public ClientTest {
 protected:
  RedirectTest() {
    options.listen = "127.0.0.1:0";
    other.on_edge("GET", "/land", land);
    other.on_edge("POST", "/land", land);
    EXPECT_TRUE(other.start());
    for (const char* method : {"GET", "POST"}) {
      server().on_edge(method, "/land", land);
      server().on_edge(method, "/hop/{status}", [](Request&& request, Responder answer) {
        Response response = Response::text(std::stoi(std::string(request.path_value("status"))), "redirecting");
        answer(std::move(response).with("Location", "../land?from=hop"));
      });
      server().on_edge(method, "/away", [this](Request&&, Responder answer) {
        answer(Response::text(307, "elsewhere").with("Location", other_origin() + "/land"));
      });
    }
    server().on_edge("GET", "/loop",
                     [](Request&&, Responder answer) { answer(Response::text(302, "").with("Location", "/loop")); });
    server().on_edge("GET", "/file", [](Request&&, Responder answer) {
      answer(Response::text(302, "").with("Location", "file:///etc/hostname"));
    });
    start_trusted();
  }
  std::string other_origin() { return "http://127.0.0.1:" + std::to_string(other.port()); }
  static void land(Request&& request, Responder answer) {
    answer(Response::text(200, request.method + " " + request.target +
                                   " auth=" + std::string(request.header("authorization")) +
                                   " cookie=" + std::string(request.header("cookie")) +
                                   " x=" + std::string(request.header("x-plain")) + " body=" + request.body));
  }
  ClientRequest secret_request(const std::string& path, int redirects = 3) {
    ClientRequest request;
    request.url = origin() + path;
    request.headers = {{"Authorization", "Bearer s"}, {"Cookie", "c=1"}, {"X-Plain", "p"}};
    request.max_redirects = redirects;
    return request;
  }
  Server other{options, clock};
};

TEST_F(RedirectTest, NotFollowedUnlessAsked) {
  const auto response = client().send(context(), secret_request("/hop/302", 0));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->body, "redirecting");
}

TEST_F(RedirectTest, WithinTheOriginSecretsStay) {
  const auto response = client().send(context(), secret_request("/hop/302"));
  ASSERT_TRUE(response) << response.error().full();
  EXPECT_EQ(response->body, "GET /land?from=hop auth=Bearer s cookie=c=1 x=p body=");
  EXPECT_EQ(response->final_url, origin() + "/land?from=hop");
}

TEST_F(RedirectTest, MethodsByTheRules) {
  const std::pair<const char*, const char*> table[] = {
      {"301", "GET /land?from=hop auth=Bearer s cookie=c=1 x=p body="},
      {"302", "GET /land?from=hop auth=Bearer s cookie=c=1 x=p body="},
      {"303", "GET /land?from=hop auth=Bearer s cookie=c=1 x=p body="},
      {"307", "POST /land?from=hop auth=Bearer s cookie=c=1 x=p body=data"},
      {"308", "POST /land?from=hop auth=Bearer s cookie=c=1 x=p body=data"}};
  for (const auto& [status, landed] : table) {
    ClientRequest request = secret_request(std::string("/hop/") + status);
    request.method = "POST";
    request.body = "data";
    const auto response = client().send(context(), request);
    ASSERT_TRUE(response) << response.error().full();
    EXPECT_EQ(response->body, landed) << status;
  }
}

TEST_F(RedirectTest, ToAListedOriginWithoutSecrets) {
  client_options.redirect_origins = {other_origin()};
  const auto response = client().send(context(), secret_request("/away"));
  ASSERT_TRUE(response) << response.error().full();
  EXPECT_EQ(response->body, "GET /land auth= cookie= x=p body=");
  EXPECT_EQ(response->final_url, other_origin() + "/land");
}

TEST_F(RedirectTest, ToAPrivateOriginIsForbidden) {
  const auto result = client().send(context(), secret_request("/away"));
  EXPECT_EQ(code_of(result), Code::forbidden);
  EXPECT_NE(result.error().remedy, "");
}

TEST_F(RedirectTest, ATrustedOriginIsNoTargetForStrangers) {
  trust(other_origin());
  // Even when a connection to it is open already.
  ASSERT_TRUE(fetch(other_origin() + "/land"));
  EXPECT_EQ(code_of(client().send(context(), secret_request("/away"))), Code::forbidden);
}

TEST_F(RedirectTest, LoopsEnd) { EXPECT_EQ(code_of(client().send(context(), secret_request("/loop"))), Code::invalid); }

TEST_F(RedirectTest, OtherSchemesAreInvalid) {
  EXPECT_EQ(code_of(client().send(context(), secret_request("/file"))), Code::invalid);
}

TEST_F(RedirectTest, TheSinkGetsOnlyTheLastBody) {
  ClientRequest request = secret_request("/hop/302");
  std::string got;
  request.on_body = [&](std::string_view piece) {
    got += piece;
    return true;
  };
  ASSERT_TRUE(client().send(context(), request));
  EXPECT_TRUE(got.starts_with("GET /land")) << got;
}

// --- the guard ----------------------------------------------------------------------------------------------------

TEST_F(ClientTest, PrivateAddressesAreForbiddenHoweverTheyAreWritten) {
  std::atomic<int> reached{0};
  Peer peer([&](Socket& socket) {
    ++reached;
    socket.read_until("\r\n\r\n");
    socket.send(ok("inside"));
  });
  const std::string port = ":" + std::to_string(peer.port()) + "/";
  for (const char* host :
       {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "localhost", "LOCALHOST",
        "%6cocalhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]", "127.0.0.2"}) {
    const auto result = fetch("http://" + std::string(host) + port);
    EXPECT_EQ(code_of(result), Code::forbidden) << host << ": " << result.error().full();
  }
  EXPECT_EQ(reached, 0);
}

TEST_F(ClientTest, ATrustedOriginIsOnePortOfOneHost) {
  add_basic_routes();
  start_trusted();
  EXPECT_TRUE(fetch(origin() + "/hello"));
  std::atomic<int> reached{0};
  Peer peer([&](Socket&) { ++reached; });
  EXPECT_EQ(code_of(fetch(peer.url())), Code::forbidden);
  EXPECT_EQ(code_of(fetch("http://localhost:" + std::to_string(server().port()) + "/hello")), Code::forbidden);
  EXPECT_EQ(reached, 0);
}

}  // namespace
}  // namespace fm::net::testing
