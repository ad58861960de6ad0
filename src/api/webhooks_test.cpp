#include "api/webhooks.h"

#include <atomic>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "events/event_repo.h"
#include "events/schema.h"
#include "guard/hmac.h"
#include "net/socket_testing.h"
#include "store/queue.h"
#include "store/testing.h"

namespace fm::api {
namespace {

using net::testing::Socket;
using store::testing::context_of;
using store::testing::told;

const std::string kSecret = "It's a Secret";

class WebhooksTest : public ::testing::Test {
 protected:
  WebhooksTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    std::vector<store::Migration> all(store::queue_migrations().begin(), store::queue_migrations().end());
    all.insert(all.end(), events::event_migrations().begin(), events::event_migrations().end());
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, all)), "ok");
    ingest_ = std::make_unique<events::Ingest>(*db_, clock_, redactor_, std::string(32, 's'));
  }
  ~WebhooksTest() override {
    if (server_) server_->stop(Millis{1'000});
    db_->close();
  }

  void start(const std::string& secret = kSecret) {
    server_ = std::make_unique<net::Server>(
        net::ServerOptions{.listen = "127.0.0.1:0", .threads = 1, .pool_threads = 1}, clock_);
    install_webhooks(*server_, *ingest_, metrics_, {secret, false}, [this](const events::Accepted& accepted) {
      ++told_;
      if (accepted.queued) ++queued_;
    });
    ASSERT_EQ(told(server_->start()), "ok");
  }
  Socket::Answer post(const std::string& body, const std::string& headers) {
    Socket socket = Socket::to(server_->port());
    socket.send("POST /webhooks/github HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                headers + "\r\n" + body);
    return socket.read_answer();
  }
  static std::string headers(const std::string& body, const std::string& id = "d1",
                             const std::string& kind = "workflow_run", const std::string& type = "application/json") {
    return "Content-Type: " + type + "\r\nX-GitHub-Event: " + kind + "\r\nX-GitHub-Delivery: " + id +
           "\r\nX-Hub-Signature-256: " + guard::github_signature(kSecret, body) + "\r\n";
  }
  static std::string failed_run() {
    return R"({"action":"completed","workflow_run":{"id":7,"name":"CI & more","conclusion":"failure","head_branch":"a+b"},"repository":{"full_name":"acme/web"}})";
  }
  std::vector<events::EventRow> stored() { return events::list_events(*db_, {}).value(); }

  store::testing::TempDir dir_{true};
  SystemClock clock_;
  guard::Redactor redactor_{std::string(32, 'r')};
  telemetry::Registry metrics_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<events::Ingest> ingest_;
  std::unique_ptr<net::Server> server_;
  std::atomic<int> told_{0}, queued_{0};
};

TEST_F(WebhooksTest, ASignedDeliveryIsStoredAndAnswered202) {
  start();
  const Socket::Answer answer = post(failed_run(), headers(failed_run()));
  EXPECT_EQ(answer.status, 202) << answer.body;
  ASSERT_EQ(stored().size(), 1U);
  EXPECT_EQ(text_at(parse_json(answer.body).value(), "id"), stored()[0].id);
  EXPECT_EQ(stored()[0].delivery_id, "d1");
  const Socket::Answer again = post(failed_run(), headers(failed_run()));
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, answer.body) << "the same event";
  EXPECT_EQ(stored().size(), 1U);
  server_->stop(Millis{1'000});
  EXPECT_EQ(told_, 2);
  EXPECT_EQ(queued_, 1);
  const std::string metrics = metrics_.render();
  EXPECT_TRUE(contains(metrics, "firstmate_webhooks_total{source=\"github\",result=\"accepted\"} 1")) << metrics;
  EXPECT_TRUE(contains(metrics, "firstmate_webhooks_total{source=\"github\",result=\"repeated\"} 1")) << metrics;
}

TEST_F(WebhooksTest, AFormPayloadIsTakenToo) {
  start();
  std::string encoded = net::url_encode(failed_run());
  const std::string body = "payload=" + replace_all(encoded, "%20", "+") + "&x=1";
  const Socket::Answer answer =
      post(body, headers(body, "d1", "workflow_run", "application/x-www-form-urlencoded; charset=utf-8"));
  EXPECT_EQ(answer.status, 202) << answer.body;
  ASSERT_EQ(stored().size(), 1U);
  EXPECT_EQ(stored()[0].summary, "workflow_run CI & more on a+b: failure")
      << "a plus sign survives, a blank comes back";
  for (const std::string& bad :
       {std::string("x=1"), std::string("payload=%zz"), std::string(""), std::string("payload=")}) {
    EXPECT_EQ(post(bad, headers(bad, "d2", "workflow_run", "application/x-www-form-urlencoded")).status, 400) << bad;
  }
}

TEST_F(WebhooksTest, NothingWithoutTheRightSignature) {
  start();
  const std::string body = failed_run();
  const std::string without = "X-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\n";
  EXPECT_EQ(post(body, without).status, 401);
  EXPECT_EQ(post(body, without + "X-Hub-Signature-256: sha256=00\r\n").status, 401);
  EXPECT_EQ(post(body, without + "X-Hub-Signature: sha1=00\r\n").status, 401);
  EXPECT_EQ(post(body + " ", headers(body)).status, 401) << "the raw bytes count";
  EXPECT_EQ(post(body, without + "X-Hub-Signature-256: " + guard::github_signature("other", body) + "\r\n").status,
            401);
  EXPECT_TRUE(stored().empty());
  EXPECT_TRUE(contains(metrics_.render(), "result=\"bad_signature\"} 5"));
}

TEST_F(WebhooksTest, WithoutASecretEverythingIsRefused) {
  start("");
  const std::string body = failed_run();
  const Socket::Answer answer = post(body, "X-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\nX-Hub-Signature-256: " +
                                               guard::github_signature("", body) + "\r\n");
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(contains(answer.body, "FIRSTMATE_GITHUB_WEBHOOK_SECRET"));
}

TEST_F(WebhooksTest, WhatCannotBeUsedIsNamed) {
  start();
  const std::string ok = failed_run();
  const auto signed_only = "X-Hub-Signature-256: " + guard::github_signature(kSecret, ok) + "\r\n";
  const Socket::Answer no_event = post(ok, signed_only + "X-GitHub-Delivery: d\r\n");
  EXPECT_EQ(no_event.status, 400);
  EXPECT_TRUE(contains(no_event.body, "X-GitHub-Event"));
  EXPECT_EQ(post(ok, signed_only + "X-GitHub-Event: push\r\n").status, 400);
  EXPECT_EQ(post(ok, headers(ok, std::string(201, 'd'))).status, 400);
  EXPECT_EQ(post("{", headers("{")).status, 400);
  EXPECT_EQ(post("[]", headers("[]")).status, 400);
  EXPECT_TRUE(stored().empty());
}

TEST_F(WebhooksTest, APingIsAnsweredAndNotStored) {
  start();
  const std::string body = R"({"zen":"z","hook_id":1})";
  EXPECT_EQ(post(body, headers(body, "d1", "ping")).status, 200);
  EXPECT_TRUE(stored().empty());
}

TEST_F(WebhooksTest, BodiesBeyondTheLimitAreRefusedUnread) {
  start();
  Socket socket = Socket::to(server_->port());
  socket.send("POST /webhooks/github HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kWebhookLimitBytes + 1) +
              "\r\n\r\n");
  EXPECT_EQ(socket.read_answer().status, 413);
}

}  // namespace
}  // namespace fm::api
