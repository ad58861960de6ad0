#include "events/missed.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "events/event_repo.h"
#include "events/schema.h"
#include "store/queue.h"
#include "store/testing.h"
#include "tools/github/testing.h"

namespace fm::events {
namespace {

using store::testing::context_of;
using store::testing::told;

class MissedTest : public tools::github::testing::GitHubTest {
 protected:
  MissedTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    std::vector<store::Migration> all(store::queue_migrations().begin(), store::queue_migrations().end());
    all.insert(all.end(), event_migrations().begin(), event_migrations().end());
    EXPECT_EQ(told(store::migrate(context(), *db_, all)), "ok");
    ingest_ = std::make_unique<Ingest>(*db_, clock_, redactor_, std::string(32, 's'));
  }
  ~MissedTest() override { db_->close(); }

  static constexpr const char* kRepo = "/api/v3/repos/acme/web";
  void on(const std::string& path, const std::string& body, int status = 200) { api_.on(kRepo + path, body, status); }
  std::string delivery(int id, const std::string& guid, int status, UnixMs at) const {
    return R"({"id":)" + std::to_string(id) + R"(,"guid":")" + guid +
           R"(","event":"push","action":null,"status":"x","status_code":)" + std::to_string(status) +
           R"(,"redelivery":false,"delivered_at":")" + to_rfc3339(at) + "\"}";
  }
  void hold_payload(int id, const std::string& guid) {
    on("/hooks/3/deliveries/" + std::to_string(id),
       delivery(id, guid, 503, clock_.now_ms()).substr(0, delivery(id, guid, 503, clock_.now_ms()).size() - 1) +
           R"(,"request":{"payload":{"ref":"refs/heads/main","after":"abc","repository":{"full_name":"acme/web"}}}})");
  }
  void hold_hook() {
    on("/hooks", R"([{"id":3,"active":true,"config":{"url":"https://fm.example/webhooks/github"}},
                     {"id":4,"active":true,"config":{"url":"https://chat.example/hook"}}])");
  }
  std::string run(int id, const char* conclusion, int attempt = 1) const {
    return R"({"id":)" + std::to_string(id) + R"(,"workflow_id":9,"name":"CI","run_attempt":)" +
           std::to_string(attempt) + R"(,"run_number":7,"status":"completed","conclusion":")" + conclusion +
           R"(","head_branch":"main","head_sha":"abc","created_at":")" + to_rfc3339(clock_.now_ms()) +
           R"(","updated_at":")" + to_rfc3339(clock_.now_ms()) +
           R"(","repository":{"full_name":"acme/web","default_branch":"main"}})";
  }
  void hold_runs(const std::string& runs) {
    on("/actions/runs", R"({"total_count":1,"workflow_runs":[)" + runs + "]}");
  }
  std::vector<EventRow> events() { return list_events(*db_, {}).value(); }
  std::string mark(std::string_view name) {
    std::string value;
    EXPECT_EQ(told(db_->read("SELECT value FROM marks WHERE name = $1", {name},
                             [&](const store::Row& row) { value = row.text(0); })),
              "ok");
    return value;
  }

  store::testing::TempDir dir_{true};
  guard::Redactor redactor_{std::string(32, 'r')};
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<Ingest> ingest_;
};

TEST_F(MissedTest, TakesInWhatCouldNotBeDelivered) {
  hold_hook();
  const UnixMs now = clock_.now_ms();
  on("/hooks/3/deliveries", "[" + delivery(12, "g2", 503, now - 1'000) + "," + delivery(11, "g1", 0, now - 2'000) +
                                "," + delivery(10, "g0", 202, now - 3'000) + "]");
  hold_payload(11, "g1");
  hold_payload(12, "g2");
  const auto taken = fetch_missed_deliveries(context(), *db_, client_, *ingest_, "acme/web");
  ASSERT_EQ(told(taken), "ok");
  EXPECT_EQ(*taken, 2U);
  const auto rows = events();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].delivery_id, "g2") << "oldest first, so that the newest is last";
  EXPECT_EQ(rows[0].source, "github") << "as if the webhook had come";
  EXPECT_EQ(mark("deliveries:acme/web"), std::to_string(now));
  const auto again = fetch_missed_deliveries(context(), *db_, client_, *ingest_, "acme/web");
  ASSERT_EQ(told(again), "ok");
  EXPECT_EQ(*again, 0U) << "known by now";
  EXPECT_EQ(events().size(), 2U);
}

TEST_F(MissedTest, OnePayloadThatIsGoneDoesNotKeepTheOthersOut) {
  hold_hook();
  const UnixMs now = clock_.now_ms();
  on("/hooks/3/deliveries",
     "[" + delivery(12, "g2", 503, now - 1'000) + "," + delivery(11, "g1", 503, now - 2'000) + "]");
  on("/hooks/3/deliveries/11", R"({"message":"Not Found"})", 404);
  hold_payload(12, "g2");
  const auto taken = fetch_missed_deliveries(context(), *db_, client_, *ingest_, "acme/web");
  EXPECT_EQ(told(taken), "ok");
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].delivery_id, "g2");
}

TEST_F(MissedTest, SaysWhenNoHookIsOurs) {
  on("/hooks", R"([{"id":4,"active":true,"config":{"url":"https://chat.example/hook"}}])");
  const auto taken = fetch_missed_deliveries(context(), *db_, client_, *ingest_, "acme/web");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::not_found);
  EXPECT_FALSE(taken.error().remedy.empty());
  EXPECT_EQ(mark("deliveries:acme/web"), "") << "nothing was looked at";
}

TEST_F(MissedTest, AFailedLookDoesNotMoveTheMark) {
  hold_hook();
  on("/hooks/3/deliveries", "[" + delivery(12, "g2", 503, clock_.now_ms()) + "]");
  on("/hooks/3/deliveries/12", R"({"message":"down"})", 503);
  EXPECT_EQ(fetch_missed_deliveries(context(), *db_, client_, *ingest_, "acme/web").error().code, Code::unavailable);
  EXPECT_EQ(mark("deliveries:acme/web"), "");
  hold_payload(12, "g2");
  EXPECT_EQ(fetch_missed_deliveries(context(), *db_, client_, *ingest_, "acme/web").value_or(99), 1U);
}

TEST_F(MissedTest, PollsCompletedRuns) {
  hold_runs(run(2, "failure") + "," + run(1, "success"));
  const UnixMs now = clock_.now_ms();
  const auto taken = poll_runs(context(), *db_, client_, *ingest_, "acme/web");
  ASSERT_EQ(told(taken), "ok");
  EXPECT_EQ(*taken, 2U);
  const auto rows = events();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].delivery_id, "acme/web/2/1");
  EXPECT_EQ(rows[0].source, "github_poll");
  EXPECT_EQ(rows[0].kind, "workflow_run");
  EXPECT_EQ(rows[0].summary, "workflow_run CI on main: failure");
  EXPECT_EQ(rows[0].state, "queued");
  EXPECT_EQ(mark("poll:acme/web"), std::to_string(now));
  EXPECT_EQ(poll_runs(context(), *db_, client_, *ingest_, "acme/web").value_or(99), 0U);
  hold_runs(run(2, "failure", 2));
  EXPECT_EQ(poll_runs(context(), *db_, client_, *ingest_, "acme/web").value_or(99), 1U) << "another attempt is news";
}

TEST_F(MissedTest, AsksSinceTheLastLookWithSomeOverlap) {
  hold_runs("");
  ASSERT_EQ(told(poll_runs(context(), *db_, client_, *ingest_, "acme/web")), "ok");
  const UnixMs first = clock_.now_ms();
  clock_.advance(Millis{600'000});
  ASSERT_EQ(told(poll_runs(context(), *db_, client_, *ingest_, "acme/web")), "ok");
  const auto requests = api_.requests();
  ASSERT_GE(requests.size(), 2U);
  const auto since = [](const net::Request& request) { return request.query_value("created").value_or(""); };
  EXPECT_TRUE(contains(since(requests.front()), to_rfc3339(first - 3'600'000).substr(0, 19)))
      << since(requests.front());
  EXPECT_TRUE(contains(since(requests.back()), to_rfc3339(first - 120'000).substr(0, 19))) << since(requests.back());
}

TEST_F(MissedTest, AFailedPollDoesNotMoveTheMark) {
  on("/actions/runs", R"({"message":"down"})", 503);
  EXPECT_EQ(poll_runs(context(), *db_, client_, *ingest_, "acme/web").error().code, Code::unavailable);
  EXPECT_EQ(mark("poll:acme/web"), "");
}

}  // namespace
}  // namespace fm::events
