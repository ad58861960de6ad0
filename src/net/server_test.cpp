// The server over real sockets: requests, responses, routes, stop.
#include "net/server.h"

#include <algorithm>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/server_testing.h"

namespace fm::net::testing {
namespace {

TEST_F(ServerTest, AnswersOnTheEdgeAndOnThePool) {
  add_basic_routes();
  start();
  const auto edge = ask(post("/echo", "abc"));
  EXPECT_EQ(edge.status, 200);
  EXPECT_EQ(edge.body, "abc");
  EXPECT_TRUE(edge.head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(edge.header("date"), "");
  EXPECT_EQ(ask(post("/pool/echo", "pooled")).body, "pooled");
}

TEST_F(ServerTest, HandlerSeesTheRequest) {
  std::promise<Request> seen;
  server().on_edge("GET", "/events/{id}/*", [&](Request&& request, Responder answer) {
    seen.set_value(std::move(request));
    answer(Response{});
  });
  start();
  ask(get("/events/a%2Fb/c/d?x=1", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"));
  const Request request = seen.get_future().get();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/events/a%2Fb/c/d?x=1");
  EXPECT_EQ(request.path, "/events/a/b/c/d");
  EXPECT_EQ(request.query_value("x"), "1");
  EXPECT_EQ(request.path_value("id"), "a/b");
  EXPECT_EQ(request.path_value("*"), "c/d");
  EXPECT_EQ(request.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(request.remote.starts_with("127.0.0.1:")) << request.remote;
}

TEST_F(ServerTest, ContextHasTraceAndDeadline) {
  options.request_timeout = Millis{5000};
  server().on_pool("GET", "/", [](const Context& context, Request& request) {
    EXPECT_LE(context.remaining(), Millis{5000});
    EXPECT_GT(context.remaining(), Millis{1000});
    EXPECT_EQ(context.trace_id(), request.trace_id);
    return Response::text(200, context.trace_id());
  });
  start();
  EXPECT_EQ(ask(get("/", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n")).body,
            "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(ask(get("/")).body.size(), 32U);
}

TEST_F(ServerTest, ByteByByte) {
  add_basic_routes();
  start();
  Socket socket = connect();
  const std::string plain = post("/echo", "twelve bytes");
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\nT: "
      "t\r\n\r\n";
  const std::string empty = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const auto& [bytes, body] :
       {std::pair(plain, "twelve bytes"), std::pair(chunked, "abcdef"), std::pair(empty, "")}) {
    for (const char c : bytes) ASSERT_TRUE(socket.send({&c, 1}));
    const auto answer = socket.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, body);
  }
}

TEST_F(ServerTest, PipelinedAnswersComeInOrder) {
  add_basic_routes();
  start();
  Socket socket = connect();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string body = "body " + std::to_string(i);
    all += i % 3 == 0   ? post("/echo", body)
           : i % 3 == 1 ? post("/pool/echo", body)
                        : "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              std::string(1, "0123456789abcdef"[body.size()]) + "\r\n" + body + "\r\n0\r\n\r\n";
  }
  std::thread sender([&] { socket.send(all); });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(socket.read_answer().body, "body " + std::to_string(i));
  sender.join();
}

TEST_F(ServerTest, KeepsTheConnectionByTheRules) {
  add_basic_routes();
  start();
  const auto answers_then_closes = [&](const std::string& request) {
    Socket socket = connect();
    socket.send(request);
    const auto answer = socket.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("connection"), "close");
    return socket.at_end();
  };
  EXPECT_TRUE(answers_then_closes(get("/hello", "Connection: close\r\n")));
  EXPECT_TRUE(answers_then_closes("GET /hello HTTP/1.0\r\n\r\n"));
  Socket old = connect();
  for (int i = 0; i < 2; ++i) {
    old.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = old.read_answer();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("connection"), "keep-alive");
  }
}

TEST_F(ServerTest, HeadHasLengthAndNoBody) {
  add_basic_routes();
  start();
  Socket socket = connect();
  socket.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n" + get("/hello"));
  const auto head = socket.read_answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "5");
  EXPECT_EQ(socket.read_answer().body, "hello");
}

TEST_F(ServerTest, NoBodyWithStatusesThatForbidOne) {
  server().on_edge("GET", "/{status}", [](Request&& request, Responder answer) {
    answer(Response::text(std::stoi(std::string(request.path_value("status"))), "not sent"));
  });
  start();
  Socket socket = connect();
  for (const char* status : {"204", "304"}) {
    socket.send(get(std::string("/") + status));
    const auto answer = socket.read_answer();
    EXPECT_EQ(std::to_string(answer.status), status);
    EXPECT_EQ(answer.header("content-length"), "");
  }
  socket.send(get("/200"));
  EXPECT_EQ(socket.read_answer().body, "not sent");
}

TEST_F(ServerTest, ExpectContinue) {
  add_basic_routes();
  start();
  Socket socket = connect();
  for (const char* framing : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    socket.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + std::string(framing) + "\r\n");
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send(framing[0] == 'C' ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
    EXPECT_EQ(socket.read_answer().body, "hello");
  }
  // The body is there already: no interim answer.
  socket.send(post("/echo", "now", "Expect: 100-continue\r\n"));
  EXPECT_EQ(socket.read_answer().body, "now");
  EXPECT_EQ(ask(post("/echo", "x", "Expect: something\r\n")).status, 417);
}

TEST_F(ServerTest, UnknownPathsAndMethods) {
  add_basic_routes();
  start();
  Socket socket = connect();
  socket.send(get("/nowhere") + get("/echo") + get("/hello"));
  EXPECT_EQ(socket.read_answer().status, 404);
  const auto wrong = socket.read_answer();
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "POST");
  EXPECT_EQ(socket.read_answer().body, "hello") << "the connection was not kept";
  EXPECT_EQ(ask("PUT /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc").header("connection"), "close");
  EXPECT_EQ(ask(get("/a%2")).status, 400);
  EXPECT_EQ(ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").status, 404);
}

TEST_F(ServerTest, NotFoundHandler) {
  server().on_not_found([](const Context&, Request& request) { return Response::text(404, "no " + request.path); });
  start();
  EXPECT_EQ(ask(get("/x%20y")).body, "no /x y");
}

TEST_F(ServerTest, MalformedRequestsAreRefusedAndTheConnectionCloses) {
  add_basic_routes();
  start();
  const std::pair<const char*, int> table[] = {
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hello "
       "HTTP/1.1\r\nHost: h\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},
      {"GET /hello HTTP/3.0\r\nHost: h\r\n\r\n", 505},
      {"nonsense\r\n\r\n", 400},
  };
  for (const auto& [bytes, status] : table) {
    Socket socket = connect();
    socket.send(bytes);
    const auto answer = socket.read_answer();
    EXPECT_EQ(answer.status, status) << bytes;
    EXPECT_EQ(answer.header("connection"), "close") << bytes;
    EXPECT_TRUE(socket.at_end()) << "something smuggled was answered: " << bytes;
  }
}

TEST_F(ServerTest, AnswersLaterFromAnotherThread) {
  std::vector<Responder> held;
  std::mutex mutex;
  server().on_edge("GET", "/later", [&](Request&&, Responder answer) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(answer));
  });
  start();
  std::vector<Socket> sockets;
  for (int i = 0; i < 8; ++i) {
    sockets.push_back(connect());
    sockets.back().send(get("/later"));
  }
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return held.size() == 8;
  }));
  std::thread other([&] {
    for (Responder& answer : held) answer(Response::text(200, "late"));
  });
  for (Socket& socket : sockets) EXPECT_EQ(socket.read_answer().body, "late");
  other.join();
}

TEST_F(ServerTest, UnansweredIs500AndTwiceIsOnce) {
  server().on_edge("GET", "/dropped", [](Request&&, const Responder&) {});
  server().on_edge("GET", "/twice", [](Request&&, Responder answer) {
    answer(Response::text(200, "first"));
    answer(Response::text(200, "second"));
  });
  start();
  Socket socket = connect();
  socket.send(get("/dropped") + get("/twice") + get("/dropped"));
  EXPECT_EQ(socket.read_answer().status, 500);
  EXPECT_EQ(socket.read_answer().body, "first");
  EXPECT_EQ(socket.read_answer().status, 500);
}

TEST_F(ServerTest, ThrowingHandlersAre500) {
  server().on_edge("GET", "/edge", [](Request&&, Responder) { throw std::runtime_error("edge"); });
  server().on_pool("GET", "/pool", [](const Context&, Request&) -> Response { throw std::runtime_error("pool"); });
  start();
  Socket socket = connect();
  socket.send(get("/edge") + get("/pool"));
  EXPECT_EQ(socket.read_answer().status, 500);
  EXPECT_EQ(socket.read_answer().status, 500);
}

TEST_F(ServerTest, HooksSeeEveryRequest) {
  std::mutex mutex;
  std::vector<std::string> done;
  add_basic_routes();
  server().on_error([](int status, std::string_view detail) {
    return Response::json(status, "{\"detail\":\"" + std::string(detail) + "\"}");
  });
  server().on_response([](const Request& request, Response& response) {
    response.headers.emplace_back("X-Path", request.path);
    response.headers.emplace_back("X-Trace", request.trace_id);
  });
  server().on_request_done([&](std::string_view pattern, std::string_view method, int status, double seconds) {
    EXPECT_GE(seconds, 0);
    EXPECT_LT(seconds, 5);
    const std::lock_guard lock(mutex);
    done.push_back(std::string(method) + " " + std::string(pattern) + " " + std::to_string(status));
  });
  start();
  const auto hello = ask(get("/hello?secret=1"));
  EXPECT_EQ(hello.header("x-path"), "/hello");
  EXPECT_EQ(hello.header("x-trace").size(), 32U);
  EXPECT_EQ(ask(get("/none")).body, R"({"detail":"there is nothing at this path"})");
  ask("BREW /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(ask("bad\r\n\r\n").header("content-type"), "application/json");
  // Each came on its own connection, perhaps on another loop: in no order.
  const std::vector<std::string> expected = {"GET /hello 200", "GET unmatched 404", "OTHER unmatched 400",
                                             "OTHER unmatched 405"};
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return done.size() == expected.size();
  }));
  const std::lock_guard lock(mutex);
  std::sort(done.begin(), done.end());
  EXPECT_EQ(done, expected);
  EXPECT_GE(server().stats().requests, 3U);
}

TEST_F(ServerTest, LargeStaticBodyIsNotCopied) {
  static const std::string page(20'000'000, 'p');
  server().on_edge("GET", "/page", [](Request&&, Responder answer) {
    Response response;
    response.static_body = page;
    answer(std::move(response));
  });
  start();
  const auto answer = ask(get("/page"));
  EXPECT_EQ(answer.body.size(), page.size());
  EXPECT_TRUE(answer.body == page);
}

TEST_F(ServerTest, LargeBodyArrivesInOneBufferWithRoomBehind) {
  std::promise<std::pair<std::string, std::size_t>> seen;
  server().on_edge("POST", "/upload",
                   [&](Request&& request, Responder answer) {
                     const std::size_t room = request.body.capacity() - request.body.size();
                     seen.set_value({std::move(request.body), room});
                     answer(Response::text(200, "taken"));
                   },
                   {.body_limit_bytes = 25 * 1024 * 1024});
  start();
  std::string body(25 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 7);
  EXPECT_EQ(ask(post("/upload", body)).body, "taken");
  const auto [got, room] = seen.get_future().get();
  EXPECT_TRUE(got == body);
  EXPECT_GE(room, 64U);
  EXPECT_LT(room, 4096U) << "the buffer was grown by doubling";
  EXPECT_EQ(server().stats().body_bytes_reserved, 0U);
}

TEST_F(ServerTest, ClientGoesAwayWhileTheAnswerIsWritten) {
  static const std::string page(8'000'000, 'p');
  std::atomic<int> asked{0};
  server().on_edge("GET", "/page", [&](Request&&, Responder answer) {
    ++asked;
    Response response;
    response.static_body = page;
    answer(std::move(response));
  });
  add_basic_routes();
  start();
  for (int i = 0; i < 20; ++i) {
    Socket socket = connect(4096);
    socket.send(get("/page"));
    socket.read_exactly(1000);
    i % 2 == 0 ? socket.reset() : socket.close();
  }
  EXPECT_EQ(ask(get("/hello")).body, "hello");
  EXPECT_TRUE(eventually([&] { return server().stats().connections == 0; }));
  EXPECT_EQ(asked, 20);
}

TEST_F(ServerTest, ClientGoesAwayBeforeTheAnswer) {
  Gate gate;
  server().on_pool("GET", "/slow", [&](const Context&, Request&) {
    gate.wait();
    return Response::text(200, "late");
  });
  add_basic_routes();
  start();
  {
    Socket socket = connect();
    socket.send(get("/slow"));
    ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
    socket.reset();
  }
  gate.open();
  EXPECT_EQ(ask(get("/hello")).body, "hello");
  EXPECT_TRUE(eventually([&] { return server().stats().connections == 0; }));
}

TEST_F(ServerTest, HalfClosedClientStillGetsItsAnswer) {
  add_basic_routes();
  start();
  Socket socket = connect();
  socket.send(post("/pool/echo", "last words"));
  socket.shutdown_write();
  EXPECT_EQ(socket.read_answer().body, "last words");
  EXPECT_TRUE(socket.at_end());
}

TEST_F(ServerTest, TheSamePortTwiceIsAConflict) {
  start();
  ServerOptions second = options;
  second.listen = "127.0.0.1:" + std::to_string(server().port());
  Server other(second, clock);
  const auto started = other.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::conflict);
  EXPECT_NE(started.error().remedy.find("FIRSTMATE_LISTEN"), std::string::npos);
}

TEST_F(ServerTest, BadAddressesAndPatterns) {
  for (const char* bad : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "300.0.0.1:80",
                          "[::1:80", "name.example:80"}) {
    ServerOptions with = options;
    with.listen = bad;
    const auto started = Server(with, clock).start();
    ASSERT_FALSE(started) << bad;
    EXPECT_EQ(started.error().code, Code::invalid) << bad;
  }
  ServerOptions elsewhere = options;
  elsewhere.listen = "192.0.2.1:0";
  EXPECT_EQ(Server(elsewhere, clock).start().error().code, Code::invalid);
  server().on_pool("GET", "no slash", [](const Context&, Request&) { return Response{}; });
  EXPECT_EQ(server().start().error().code, Code::invalid);
}

TEST_F(ServerTest, StopsWithIdleConnectionsAtOnce) {
  add_basic_routes();
  start();
  Socket socket = connect();
  socket.send(get("/hello"));
  socket.read_answer();
  const Steady before = std::chrono::steady_clock::now();
  server().stop(Millis{5000});
  EXPECT_LT(std::chrono::steady_clock::now() - before, Millis{1000});
  EXPECT_TRUE(socket.at_end());
  server().stop(Millis{5000});
}

TEST_F(ServerTest, StopLetsRequestsInFlightFinish) {
  Gate gate;
  server().on_pool("GET", "/slow", [&](const Context&, Request&) {
    gate.wait();
    return Response::text(200, "finished");
  });
  start();
  Socket socket = connect();
  socket.send(get("/slow"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  std::thread stopper([&] { server().stop(Millis{5000}); });
  gate.open();
  const auto answer = socket.read_answer();
  EXPECT_EQ(answer.body, "finished");
  socket.close();
  stopper.join();
}

TEST_F(ServerTest, StopCancelsWhatOutlastsTheDeadline) {
  std::promise<void> started;
  std::atomic<bool> cancelled{false};
  server().on_pool("GET", "/stuck", [&](const Context& context, Request&) {
    started.set_value();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, context.stop(), [] { return false; });
    cancelled = context.stop().stop_requested();
    return Response{};
  });
  start();
  Socket socket = connect();
  socket.send(get("/stuck"));
  started.get_future().wait();
  server().stop(Millis{50});
  EXPECT_TRUE(cancelled);
}

TEST_F(ServerTest, RespondersOutliveTheServer) {
  std::optional<Responder> answered;
  std::optional<Responder> dropped;
  {
    ServerOptions other = options;
    Server short_lived(other, clock);
    std::promise<void> both;
    std::atomic<int> count{0};
    const std::string in_handler = "a handler's own data, gone with the server";
    short_lived.on_error([&in_handler](int status, std::string_view) { return Response::text(status, in_handler); });
    short_lived.on_edge("GET", "/{which}", [&](Request&& request, Responder answer) {
      (request.path_value("which") == "a" ? answered : dropped).emplace(std::move(answer));
      if (++count == 2) both.set_value();
    });
    ASSERT_TRUE(short_lived.start());
    Socket first = Socket::to(short_lived.port());
    Socket second = Socket::to(short_lived.port());
    first.send(get("/a"));
    second.send(get("/d"));
    both.get_future().wait();
    short_lived.stop(Millis{0});
  }
  (*answered)(Response::text(200, "nobody hears"));
  answered.reset();
  std::thread([&] { dropped.reset(); }).join();
}

TEST_F(ServerTest, ManyClientsAtOnce) {
  add_basic_routes();
  options.max_connections = 1000;
  start();
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      Socket socket = connect();
      for (int k = 0; k < 100; ++k) {
        const std::string body = std::string(static_cast<std::size_t>(k * 97 % 20'000), 'b') + std::to_string(i);
        socket.send(post(k % 2 == 0 ? "/echo" : "/pool/echo", body));
        if (socket.read_answer().body == body) ++good;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 1600);
}

}  // namespace
}  // namespace fm::net::testing
