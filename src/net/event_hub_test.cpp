// Server-sent events over real sockets.
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/server_testing.h"

namespace fm::net::testing {
namespace {

class EventHubTest : public ServerTest {
 protected:
  void open_route() {
    server().on_stream(
        "/stream",
        [](const Context&, Request& request) -> std::optional<Response> {
          if (request.query_value("key") == "wrong") return Response::text(401, "no");
          return std::nullopt;
        },
        hub);
    add_basic_routes();
    start();
  }
  Socket open_stream(int receive_buffer = 0) {
    const std::size_t before = hub.streams();
    Socket socket = connect(receive_buffer);
    socket.send(get("/stream"));
    head = socket.read_until("\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return hub.streams() == before + 1; }));
    return socket;
  }

  EventHub hub;
  std::string head;
};

TEST_F(EventHubTest, EveryStreamGetsEveryEvent) {
  open_route();
  std::vector<Socket> streams;
  for (int i = 0; i < 6; ++i) streams.push_back(open_stream());
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  hub.publish("failure", R"({"id":1})");
  hub.publish("failure", R"({"id":2})");
  for (Socket& stream : streams) {
    EXPECT_EQ(stream.read_until("\n\n"), "event: failure\ndata: {\"id\":1}\n\n");
    EXPECT_EQ(stream.read_until("\n\n"), "event: failure\ndata: {\"id\":2}\n\n");
  }
}

TEST_F(EventHubTest, TheHandlerMayRefuse) {
  open_route();
  Socket socket = connect();
  socket.send(get("/stream?key=wrong") + get("/hello"));
  EXPECT_EQ(socket.read_answer().status, 401);
  EXPECT_EQ(socket.read_answer().body, "hello");
  EXPECT_EQ(hub.streams(), 0U);
}

TEST_F(EventHubTest, ForgetsClientsThatGo) {
  open_route();
  {
    Socket one = open_stream();
    Socket two = open_stream();
    two.reset();
  }
  EXPECT_TRUE(eventually([&] { return hub.streams() == 0; }));
  hub.publish("late", "{}");
  EXPECT_TRUE(eventually([&] { return server().stats().connections == 0; }));
}

TEST_F(EventHubTest, SendsHeartbeats) {
  options.stream_heartbeat = Millis{100};
  open_route();
  Socket stream = open_stream();
  EXPECT_EQ(stream.read_until("\n\n"), ": \n\n");
  EXPECT_EQ(stream.read_until("\n\n"), ": \n\n");
  hub.publish("e", "1");
  EXPECT_NE(stream.read_until("data: 1\n\n").find("event: e\n"), std::string::npos);
}

TEST_F(EventHubTest, AReaderThatFallsBehindIsDisconnected) {
  open_route();
  Socket slow = open_stream(4096);
  Socket good = open_stream();
  const std::string data(50'000, 'd');
  std::size_t received = 0;
  // The kernel's own buffers take a few MB before anything queues up.
  for (int i = 0; i < 400 && hub.streams() == 2; ++i) {
    hub.publish("e", data);
    received += good.read_until("\n\n").size();
  }
  EXPECT_TRUE(eventually([&] { return hub.streams() == 1; }));
  EXPECT_GE(received, data.size());
  hub.publish("after", "x");
  EXPECT_EQ(good.read_until("\n\n"), "event: after\ndata: x\n\n");
}

TEST_F(EventHubTest, StopClosesStreams) {
  open_route();
  Socket stream = open_stream();
  const Steady before = std::chrono::steady_clock::now();
  std::thread stopper([&] { server().stop(Millis{5000}); });
  EXPECT_TRUE(stream.at_end());
  stream.close();
  stopper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - before, Millis{2000});
  EXPECT_EQ(hub.streams(), 0U);
  hub.publish("nobody", "listens");
}

TEST_F(EventHubTest, TheHubMayGoFirst) {
  auto short_lived = std::make_unique<EventHub>();
  server().on_stream("/other", [](const Context&, Request&) { return std::nullopt; }, *short_lived);
  open_route();
  Socket socket = connect();
  socket.send(get("/other"));
  socket.read_until("\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return short_lived->streams() == 1; }));
  short_lived.reset();
  EXPECT_TRUE(socket.at_end());
}

TEST_F(EventHubTest, PublishFromManyThreadsKeepsFramesWhole) {
  open_route();
  Socket stream = open_stream();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 250; ++i) hub.publish("e", std::to_string(t) + ":" + std::to_string(i));
    });
  }
  int next[4] = {};
  for (int i = 0; i < 1000; ++i) {
    const std::string frame = stream.read_until("\n\n");
    ASSERT_TRUE(frame.starts_with("event: e\ndata: ")) << frame;
    const int t = frame[15] - '0';
    EXPECT_EQ(frame.substr(17), std::to_string(next[t]++) + "\n\n");
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace fm::net::testing
