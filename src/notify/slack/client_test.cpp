#include "notify/slack/client.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "net/socket_testing.h"
#include "notify/terminal.h"
#include "notify/testing.h"

namespace fm::notify::slack {
namespace {

using net::Response;
using testing::card;
using testing::Peer;

// Answers as Slack does when all is well; `reply` may answer first.
class Slack : public ::testing::Test {
 protected:
  Slack()
      : peer_([this](const net::Request& request) { return answer(request); }),
        http_(trusting(peer_.url())),
        client_(http_, {.api_url = peer_.url() + "/api/", .token = "xoxb-secret"}),
        notifier_(client_) {}

  static net::ClientOptions trusting(std::string url) {
    net::ClientOptions options;
    options.trusted_origins = {std::move(url)};
    return options;
  }
  Response answer(const net::Request& request) {
    if (reply) {
      if (auto told = reply(request)) return *std::move(told);
    }
    if (request.path == "/api/auth.test")
      return Response::json(
                 200, R"({"ok":true,"url":"https://acme.slack.com/","team":"Acme","user":"firstmate","bot_id":"B1"})")
          .with("X-OAuth-Scopes", "chat:write, channels:history");
    if (request.path.starts_with("/api/conversations.")) return Response::json(200, history);
    return Response::json(200, R"({"ok":true,"channel":"C024BE91L","ts":"1764000000.000100"})");
  }
  Context context() const { return Context(clock_, clock_.steady() + Millis{20'000}); }
  json::value sent(size_t n) { return parse_json(peer_.requests().at(n).body).value(); }
  Post post() const { return {.channel = "#builds", .token = "tok1", .card = card("acme/web")}; }

  std::function<std::optional<Response>(const net::Request&)> reply;
  std::string history = R"({"ok":true,"messages":[],"has_more":false})";
  SystemClock clock_;
  Peer peer_;
  net::HttpClient http_;
  Client client_;
  SlackNotifier notifier_;
};

TEST_F(Slack, PostsARootMessage) {
  const auto receipt = notifier_.post(context(), post());
  ASSERT_TRUE(receipt) << receipt.error().full();
  EXPECT_EQ(receipt->channel_id, "C024BE91L");
  EXPECT_EQ(receipt->message_id, "1764000000.000100");
  EXPECT_EQ(receipt->permalink, "https://acme.slack.com/archives/C024BE91L/p1764000000000100");
  const net::Request request = peer_.requests().at(0);
  EXPECT_EQ(request.method + " " + request.path, "POST /api/chat.postMessage");
  EXPECT_EQ(request.header("authorization"), "Bearer xoxb-secret");
  EXPECT_EQ(request.header("content-type"), "application/json; charset=utf-8");
  const json::value body = sent(0);
  EXPECT_EQ(text_at(body, "channel"), "#builds");
  EXPECT_EQ(text_at(body, "metadata", "event_payload", "token"), "tok1");
  EXPECT_FALSE(array_at(body, "blocks").empty());
  EXPECT_FALSE(bool_at(body, "unfurl_links"));
  EXPECT_EQ(find(body, "thread_ts"), nullptr);
}

TEST_F(Slack, RepliesInAThreadAndBroadcasts) {
  Post one = post();
  one.thread_id = "1763.1";
  one.broadcast = true;
  const auto receipt = notifier_.post(context(), one);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(text_at(sent(0), "thread_ts"), "1763.1");
  EXPECT_TRUE(bool_at(sent(0), "reply_broadcast"));
  EXPECT_TRUE(receipt->permalink.ends_with("?thread_ts=1763.1&cid=C024BE91L"));
}

TEST_F(Slack, EditsByChannelIdAndTimeStamp) {
  ASSERT_TRUE(notifier_.edit(context(), {"C1", "17.1", "link"}, post()));
  EXPECT_EQ(peer_.requests().at(0).path, "/api/chat.update");
  EXPECT_EQ(text_at(sent(0), "channel"), "C1");
  EXPECT_EQ(text_at(sent(0), "ts"), "17.1");
}

TEST_F(Slack, ARefusedLayoutIsSentAsPlainText) {
  reply = [](const net::Request& request) -> std::optional<Response> {
    if (contains(request.body, "\"blocks\""))
      return Response::json(200, R"({"ok":false,"error":"msg_blocks_too_long"})");
    return std::nullopt;
  };
  ASSERT_TRUE(notifier_.post(context(), post()));
  EXPECT_EQ(text_at(sent(1), "text"), "Failing: acme/web: it broke");
}

TEST_F(Slack, MessageWithoutALinkWhenAuthTestFails) {
  reply = [](const net::Request& request) -> std::optional<Response> {
    if (request.path == "/api/auth.test") return Response::text(500, "");
    return std::nullopt;
  };
  const auto receipt = notifier_.post(context(), post());
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->permalink, "");
}

struct Case {
  const char* name;
  Response response;
  Code code;
  const char* in_remedy;
  std::optional<Millis> retry_after;
};
TEST_F(Slack, ErrorsSayWhatToDo) {
  const Case cases[] = {
      {"not_in_channel",
       Response::json(200, R"({"ok":false,"error":"not_in_channel"})"),
       Code::forbidden,
       "/invite",
       {}},
      {"channel_not_found",
       Response::json(200, R"({"ok":false,"error":"channel_not_found"})"),
       Code::not_found,
       "slack.channel",
       {}},
      {"invalid_auth",
       Response::json(200, R"({"ok":false,"error":"invalid_auth"})"),
       Code::unauthorised,
       "slack.bot_token",
       {}},
      {"missing_scope",
       Response::json(200, R"({"ok":false,"error":"missing_scope","needed":"chat:write"})"),
       Code::forbidden,
       "chat:write",
       {}},
      {"message_not_found", Response::json(200, R"({"ok":false,"error":"message_not_found"})"), Code::conflict, "", {}},
      {"429", Response::json(429, "{}").with("Retry-After", "7"), Code::limited, "", Millis{7'000}},
      {"ratelimited", Response::json(200, R"({"ok":false,"error":"ratelimited"})").with("Retry-After", "3"),
       Code::limited, "", Millis{3'000}},
      {"ratelimited without a time", Response::json(200, R"({"ok":false,"error":"ratelimited"})"), Code::limited, "",
       Millis{30'000}},
      {"503", Response::text(503, "down").with("Retry-After", "9"), Code::unavailable, "", Millis{9'000}},
      {"502", Response::text(502, "bad gateway"), Code::timeout, "", {}},
      {"internal_error", Response::json(200, R"({"ok":false,"error":"internal_error"})"), Code::timeout, "", {}},
      {"no JSON", Response::text(200, "<html>"), Code::timeout, "", {}},
      {"unheard of", Response::json(200, R"({"ok":false,"error":"new_thing"})"), Code::unavailable, "", {}},
  };
  for (const Case& one : cases) {
    reply = [&](const net::Request&) { return std::optional(one.response); };
    const auto receipt = notifier_.edit(context(), {"C1", "1.1", ""}, post());
    ASSERT_FALSE(receipt) << one.name;
    EXPECT_EQ(to_string(receipt.error().code), to_string(one.code)) << one.name << ": " << receipt.error().full();
    EXPECT_TRUE(contains(receipt.error().remedy, one.in_remedy)) << one.name << ": " << receipt.error().remedy;
    EXPECT_EQ(receipt.error().retry_after, one.retry_after) << one.name;
    EXPECT_FALSE(contains(receipt.error().full(), "xoxb-secret"));
  }
}

TEST_F(Slack, NoTokenAsksNobody) {
  Client anonymous(http_, {.api_url = peer_.url(), .token = ""});
  const auto answer = anonymous.call(context(), "chat.postMessage", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unauthorised);
  EXPECT_TRUE(peer_.requests().empty());
}

TEST_F(Slack, NobodyListeningIsUnavailableAndCutOffIsUncertain) {
  std::string url;
  {
    url = Peer([](const net::Request&) { return Response{}; }).url();
  }
  net::HttpClient http(trusting(url));
  Client client(http, {.api_url = url, .token = "t"});
  const auto refused = SlackNotifier(client).post(context(), post());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable) << refused.error().full();

  net::testing::Peer cutting([](net::testing::Socket& socket) {
    socket.read_until("}}");  // the end of the metadata, which is the end of the body
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":tr");
    socket.reset();
  });
  net::HttpClient to_cutting(trusting(cutting.origin()));
  Client cut(to_cutting, {.api_url = cutting.origin(), .token = "t"});
  const auto unsure = SlackNotifier(cut).post(context(), post());
  ASSERT_FALSE(unsure);
  EXPECT_EQ(unsure.error().code, Code::timeout) << unsure.error().full();
}

TEST_F(Slack, FindsAMessageByItsToken) {
  history =
      R"({"ok":true,"messages":[{"ts":"2.2","text":"x"},{"ts":"1.1","metadata":{"event_type":"firstmate_notice","event_payload":{"token":"tok1"}}}]})";
  Post one = post();
  EXPECT_EQ(notifier_.find(context(), one, 0).error().code, Code::forbidden) << "a name is no id";
  one.channel_id = "C024BE91L";
  const auto found = notifier_.find(context(), one, 1'764'000'000'500);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->message_id, "1.1");
  const net::Request request = peer_.requests().at(0);
  EXPECT_EQ(request.path, "/api/conversations.history");
  EXPECT_EQ(request.query_value("oldest"), "1764000000.500000");
  EXPECT_EQ(request.query_value("include_all_metadata"), "true");
  one.token = "another";
  const auto none = notifier_.find(context(), one, 0);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST_F(Slack, FindLooksInTheThreadAndOverPages) {
  Post one = post();
  one.channel = "C024BE91L";
  one.thread_id = "1.0";
  reply = [](const net::Request& request) -> std::optional<Response> {
    if (request.path != "/api/conversations.replies") return std::nullopt;
    if (request.query_value("cursor") != "next==")
      return Response::json(200, R"({"ok":true,"messages":[],"response_metadata":{"next_cursor":"next=="}})");
    return Response::json(200,
                          R"({"ok":true,"messages":[{"ts":"1.5","metadata":{"event_payload":{"token":"tok1"}}}]})");
  };
  const auto found = notifier_.find(context(), one, 0);
  ASSERT_TRUE(found && *found) << (found ? "" : found.error().full());
  EXPECT_EQ((*found)->message_id, "1.5");
}

TEST_F(Slack, IdentityIsAskedOnce) {
  for (int i = 0; i < 3; ++i) {
    const auto identity = client_.identity(context());
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->team, "Acme");
    EXPECT_EQ(identity->scopes, (std::vector<std::string>{"chat:write", "channels:history"}));
  }
  EXPECT_EQ(peer_.requests().size(), 1U);
}

// What every Notifier keeps: a post gives a receipt, the receipt can be edited and answered, find never invents.
void keeps_the_contract(Notifier& notifier, const Context& context) {
  Post root{.channel = "C024BE91L", .token = "t1", .card = card("a")};
  const auto receipt = notifier.post(context, root);
  ASSERT_TRUE(receipt) << notifier.kind();
  EXPECT_FALSE(receipt->channel_id.empty());
  ASSERT_FALSE(receipt->message_id.empty());
  root.card.state = CardState::recovered;
  const auto edited = notifier.edit(context, *receipt, root);
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->message_id, receipt->message_id);
  const Post reply{.channel = "C024BE91L", .thread_id = receipt->message_id, .token = "t2", .card = card("b")};
  EXPECT_TRUE(notifier.post(context, reply));
  const Post never{.channel = "C024BE91L", .token = "never posted", .card = card("c")};
  const auto found = notifier.find(context, never, 0);
  EXPECT_TRUE(found && !*found);
}

TEST_F(Slack, KeepsTheNotifierContract) { keeps_the_contract(notifier_, context()); }

TEST(TerminalNotifierTest, KeepsTheNotifierContract) {
  std::string out;
  TerminalNotifier notifier([&](std::string_view text) { out += text; }, {.colour = false});
  const SystemClock clock;
  keeps_the_contract(notifier, Context(clock, clock.steady() + Millis{1'000}));
  EXPECT_TRUE(contains(out, "C024BE91L  (edited)\n┃ ✅ a"));
  EXPECT_TRUE(contains(out, "  ↳ C024BE91L  in the thread\n    ┃ ❌ b"));
}

}  // namespace
}  // namespace fm::notify::slack
