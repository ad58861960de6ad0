// The server against clients that send too much, too slowly, or do not read.
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/server_testing.h"

namespace fm::net::testing {
namespace {

class ServerLimitsTest : public ServerTest {
 protected:
  using Clock = std::chrono::steady_clock;
  // A POST's head only.
  static std::string head_of_post(std::string_view path, std::size_t length) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n";
  }
};

TEST_F(ServerLimitsTest, LargeHeadersAre431) {
  options.max_header_bytes = 16 * 1024;
  add_basic_routes();
  start();
  EXPECT_EQ(ask(get("/hello", "X: " + std::string(12'000, 'x') + "\r\n")).status, 200) << "more than the first buffer";
  EXPECT_EQ(ask(get("/hello", "X: " + std::string(17'000, 'x') + "\r\n")).status, 431);
  EXPECT_EQ(ask(get("/" + std::string(17'000, 'x'))).status, 431);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X: y\r\n";
  EXPECT_EQ(ask(get("/hello", many)).status, 431);
  // Never ending, never complete.
  Socket socket = connect();
  socket.send("GET /hello HTTP/1.1\r\nX: ");
  const std::string more(1000, 'x');
  for (int i = 0; i < 30 && socket.send(more); ++i) {
  }
  EXPECT_EQ(socket.read_answer().status, 431);
}

TEST_F(ServerLimitsTest, BodyOverTheLimitIs413BeforeItIsRead) {
  options.default_body_limit_bytes = 1000;
  add_basic_routes();
  server().on_edge(
      "POST", "/large",
      [](Request&& request, Responder answer) { answer(Response::text(200, std::to_string(request.body.size()))); },
      {.body_limit_bytes = 5000});
  start();
  EXPECT_EQ(ask(head_of_post("/echo", 1001)).status, 413) << "the answer waited for the body";
  EXPECT_EQ(ask(post("/echo", std::string(1000, 'x'))).status, 200);
  EXPECT_EQ(ask(post("/large", std::string(5000, 'x'))).body, "5000");
  EXPECT_EQ(ask(head_of_post("/large", 5001)).status, 413);
  EXPECT_EQ(ask(head_of_post("/echo", 18'446'744'073'709'551'615ULL)).status, 413);
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n").status, 413);
  EXPECT_EQ(ask(head_of_post("/echo", 1001).insert(21, "Expect: 100-continue\r\n")).status, 413);
}

TEST_F(ServerLimitsTest, AClientThatSendsItsWholeBodyStillSeesThe413) {
  options.default_body_limit_bytes = 1000;
  add_basic_routes();
  start();
  const std::string body(5'000'000, 'x');
  for (int i = 0; i < 5; ++i) {
    Socket socket = connect();
    EXPECT_TRUE(socket.send(post("/echo", body))) << "the connection was reset while the client sent";
    const auto answer = socket.read_answer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(socket.at_end());
  }
}

TEST_F(ServerLimitsTest, BodiesBeyondTheBudgetAre503) {
  options.body_budget_bytes = 1'000'000;
  Gate gate;
  server().on_pool("POST", "/hold",
                   [&](const Context&, Request& request) {
                     gate.wait();
                     return Response::text(200, std::to_string(request.body.size()));
                   },
                   {.body_limit_bytes = 2'000'000});
  add_basic_routes();
  start();
  Socket first = connect();
  first.send(post("/hold", std::string(900'000, 'x')));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  EXPECT_EQ(server().stats().body_bytes_reserved, 900'000U);

  const auto refused = ask(head_of_post("/hold", 100'001));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.header("retry-after"), "");
  const std::string chunk = "19000\r\n" + std::string(0x19000, 'c') + "\r\n";
  EXPECT_EQ(ask("POST /hold HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n").status,
            503);
  EXPECT_EQ(server().stats().refused_busy, 2U);
  EXPECT_EQ(ask(post("/echo", std::string(64 * 1024, 's'))).status, 200) << "small bodies are always taken";

  gate.open();
  EXPECT_EQ(first.read_answer().body, "900000");
  EXPECT_TRUE(eventually([&] { return server().stats().body_bytes_reserved == 0; }));
  EXPECT_EQ(ask(post("/hold", std::string(900'000, 'x'))).status, 200);
}

TEST_F(ServerLimitsTest, BudgetComesBackFromClientsThatGo) {
  options.body_budget_bytes = 1'000'000;
  server().on_edge("POST", "/up", [](Request&&, Responder answer) { answer(Response{}); },
                   {.body_limit_bytes = 2'000'000});
  start();
  for (int i = 0; i < 5; ++i) {
    Socket socket = connect();
    socket.send(head_of_post("/up", 800'000) + std::string(100'000, 'x'));
    ASSERT_TRUE(eventually([&] { return server().stats().body_bytes_reserved == 800'000; }));
    socket.close();
    ASSERT_TRUE(eventually([&] { return server().stats().body_bytes_reserved == 0; }));
  }
}

TEST_F(ServerLimitsTest, AFullPoolAnswers503) {
  options.pool_threads = 1;
  options.pool_queue = 1;
  Gate gate;
  server().on_pool("GET", "/hold", [&](const Context&, Request&) {
    gate.wait();
    return Response::text(200, "held");
  });
  start();
  Socket running = connect();
  running.send(get("/hold"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  Socket waiting = connect();
  waiting.send(get("/hold"));
  ASSERT_TRUE(eventually([&] { return server().stats().pool_waiting == 1; }));
  Socket refused = connect();
  refused.send(get("/hold"));
  const auto answer = refused.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "5");
  EXPECT_EQ(answer.header("connection"), "") << "the request was read whole: the connection can stay";
  gate.open();
  EXPECT_EQ(running.read_answer().body, "held");
  EXPECT_EQ(waiting.read_answer().body, "held");
}

TEST_F(ServerLimitsTest, RequestsThatWaitedTooLongAreNotRun) {
  options.pool_threads = 1;
  options.request_timeout = Millis{100};
  Gate gate;
  std::atomic<int> ran{0};
  server().on_pool("GET", "/hold", [&](const Context&, Request&) {
    ++ran;
    gate.wait();
    return Response{};
  });
  start();
  Socket running = connect();
  running.send(get("/hold"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  Socket waiting = connect();
  waiting.send(get("/hold"));
  const auto sent = Clock::now();
  ASSERT_TRUE(eventually([&] { return server().stats().pool_waiting == 1 && Clock::now() - sent > Millis{120}; }));
  gate.open();
  EXPECT_EQ(waiting.read_answer().status, 503);
  EXPECT_EQ(ran, 1);
}

TEST_F(ServerLimitsTest, TooManyConnectionsAre503) {
  options.max_connections = 3;
  add_basic_routes();
  start();
  std::vector<Socket> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(connect());
    open.back().send(get("/hello"));
    EXPECT_EQ(open.back().read_answer().status, 200);
  }
  Socket late = connect();
  late.send(get("/hello"));
  const auto answer = late.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.header("retry-after"), "");
  EXPECT_TRUE(late.at_end());
  late.close();
  open.pop_back();
  ASSERT_TRUE(eventually([&] { return server().stats().connections == 2; }));
  EXPECT_EQ(ask(get("/hello")).status, 200);
}

TEST_F(ServerLimitsTest, ASlowHeadIs408) {
  options.header_timeout = Millis{100};
  options.idle_timeout = Millis{30'000};
  add_basic_routes();
  start();
  Socket slow = connect();
  slow.send("GET /hello HTTP/1.1\r\nHo");
  const auto answer = slow.read_answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_TRUE(slow.at_end());
  // A byte now and then does not help.
  Socket trickle = connect();
  const auto start_time = Clock::now();
  std::thread sender([&] {
    for (const char c : std::string("GET /hello HTTP/1.1\r\nHost: h\r\n") + std::string(100'000, 'x')) {
      if (!trickle.send({&c, 1}) || Clock::now() - start_time > Millis{3000}) return;
      std::this_thread::yield();
    }
  });
  EXPECT_NE(trickle.read_answer().status, 200);
  EXPECT_LT(Clock::now() - start_time, Millis{2000});
  trickle.shutdown_write();
  sender.join();
}

TEST_F(ServerLimitsTest, AnIdleConnectionIsClosedWithoutAWord) {
  options.idle_timeout = Millis{100};
  add_basic_routes();
  start();
  Socket fresh = connect();
  EXPECT_TRUE(fresh.at_end());
  Socket used = connect();
  used.send(get("/hello"));
  used.read_answer();
  EXPECT_TRUE(used.at_end());
  EXPECT_TRUE(eventually([&] { return server().stats().connections == 0; }));
}

TEST_F(ServerLimitsTest, ASlowBodyIs408) {
  options.body_rate_grace = Millis{100};
  options.min_body_rate_bytes_s = 1'000'000;
  add_basic_routes();
  start();
  Socket silent = connect();
  silent.send(head_of_post("/echo", 1000) + "some");
  EXPECT_EQ(silent.read_answer().status, 408);
  Socket chunked = connect();
  chunked.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  EXPECT_EQ(chunked.read_answer().status, 408);
  EXPECT_TRUE(chunked.at_end());
}

TEST_F(ServerLimitsTest, TheWholeBodyHasATimeToo) {
  options.body_timeout = Millis{150};
  options.min_body_rate_bytes_s = 1;
  add_basic_routes();
  start();
  Socket socket = connect();
  socket.send(head_of_post("/echo", 1000) + std::string(999, 'x'));
  EXPECT_EQ(socket.read_answer().status, 408);
}

TEST_F(ServerLimitsTest, AReaderThatStopsIsCutOff) {
  options.write_timeout = Millis{100};
  static const std::string page(30'000'000, 'p');
  server().on_edge("GET", "/page", [](Request&&, Responder answer) {
    Response response;
    response.static_body = page;
    answer(std::move(response));
  });
  start();
  Socket socket = connect(4096);
  socket.send(get("/page"));
  ASSERT_TRUE(eventually([&] { return server().stats().connections == 1; }));
  EXPECT_TRUE(eventually([&] { return server().stats().connections == 0; }));
  EXPECT_LT(socket.read_to_end().size(), page.size());
}

TEST_F(ServerLimitsTest, AnIdleServerUsesNoProcessorTime) {
  add_basic_routes();
  start();
  ask(get("/hello"));
  ASSERT_TRUE(eventually([&] { return server().stats().connections == 0; }));
  const auto cpu = [] {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return Millis{now.tv_sec * 1000 + now.tv_nsec / 1'000'000};
  };
  const Millis before = cpu();
  std::promise<void> never;
  never.get_future().wait_for(Millis{500});
  EXPECT_LT(cpu() - before, Millis{10});
}

}  // namespace
}  // namespace fm::net::testing
