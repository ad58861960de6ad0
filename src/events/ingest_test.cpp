#include "events/ingest.h"

#include <future>

#include <gtest/gtest.h>

#include "base/text.h"
#include "events/event_repo.h"
#include "events/schema.h"
#include "store/queue.h"
#include "store/testing.h"

namespace fm::events {
namespace {

using store::testing::context_of;
using store::testing::told;

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    options.max_waiting_writes = 4;
    db_ = store::testing::open_or_die(options, clock_);
    std::vector<store::Migration> all(store::queue_migrations().begin(), store::queue_migrations().end());
    all.insert(all.end(), event_migrations().begin(), event_migrations().end());
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, all)), "ok");
    ingest_ = std::make_unique<Ingest>(*db_, clock_, redactor_, std::string(32, 's'));
  }
  ~IngestTest() override { db_->close(); }

  static std::string failed_run(const std::string& title = "Fix it") {
    return R"({"action":"completed","workflow_run":{"id":4711,"name":"CI","run_number":41,"head_branch":"main",
      "head_sha":"abc","conclusion":"failure","display_title":")" +
           title + R"("},"repository":{"full_name":"acme/web"},"sender":{"login":"ada"}})";
  }
  static std::string push() {
    return R"({"ref":"refs/heads/main","after":"abc","head_commit":{"message":"use token ghp_16C7e42F292c6912E7710c838347Ae178B4a"},
      "repository":{"full_name":"acme/web"}})";
  }
  Result<Accepted> take(std::string id, std::string kind, std::string body, std::string source = "github") {
    return ingest_->accept_and_wait(context_of(clock_),
                                    {std::move(source), std::move(id), std::move(kind), std::move(body), false});
  }
  std::vector<store::Job> claim_all() {
    std::vector<store::Job> jobs;
    EXPECT_EQ(told(db_->write(context_of(clock_),
                              [&](store::Tx& tx) -> Result<void> {
                                TRY(jobs, store::claim(tx, "w", 100, Millis{60'000}, clock_.now_ms()));
                                return {};
                              })),
              "ok");
    return jobs;
  }
  EventRow row(const std::string& id) {
    const auto found = load_event(*db_, id);
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : EventRow{};
  }
  std::size_t events() { return list_events(*db_, {}).value().size(); }

  store::testing::TempDir dir_{true};
  FakeClock clock_;
  guard::Redactor redactor_{std::string(32, 'r')};
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<Ingest> ingest_;
};

TEST_F(IngestTest, AFailedRunBecomesAnEventWithAJob) {
  const auto accepted = take("d1", "workflow_run", failed_run());
  ASSERT_EQ(told(accepted), "ok");
  EXPECT_TRUE(accepted->queued);
  EXPECT_FALSE(accepted->repeated);
  const EventRow event = row(accepted->event_id);
  EXPECT_EQ(event.state, "queued");
  EXPECT_EQ(event.repository, "acme/web");
  EXPECT_EQ(event.delivery_id, "d1");
  EXPECT_EQ(event.branch, "main");
  EXPECT_EQ(event.actor, "ada");
  EXPECT_EQ(event.run_id, 4711);
  EXPECT_EQ(event.summary, "workflow_run CI on main: failure");
  EXPECT_EQ(event.done_at, 0);
  EXPECT_EQ(event.received_at, clock_.now_ms());
  EXPECT_EQ(static_cast<std::size_t>(event.size_bytes), failed_run().size());
  const auto jobs = claim_all();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].kind, kGitHubEventJob);
  EXPECT_EQ(jobs[0].key, "acme/web");
  EXPECT_EQ(jobs[0].event_id, accepted->event_id);
  EXPECT_EQ(ingest_->load_body(accepted->event_id).value(), failed_run());
}

TEST_F(IngestTest, TheBodyIsSealedAtRest) {
  const auto accepted = take("d1", "workflow_run", failed_run("a-very-distinct-title"));
  std::string payload;
  FM_ASSERT_OK(db_->read("SELECT payload FROM events", {}, [&](const store::Row& r) { payload = r.text(0); }));
  EXPECT_FALSE(payload.empty());
  EXPECT_FALSE(contains(payload, "a-very-distinct-title"));
  const Ingest other(*db_, clock_, redactor_, std::string(32, 'x'));
  EXPECT_EQ(other.load_body(accepted->event_id).error().code, Code::invalid);
  EXPECT_EQ(ingest_->load_body("evt_none").error().code, Code::not_found);
}

TEST_F(IngestTest, WhatNobodyWorksOnIsDoneAtOnceAndKeepsNoBody) {
  const auto accepted = take("d1", "push", push());
  ASSERT_EQ(told(accepted), "ok");
  EXPECT_FALSE(accepted->queued);
  const EventRow event = row(accepted->event_id);
  EXPECT_EQ(event.state, "done");
  EXPECT_EQ(event.done_at, clock_.now_ms());
  EXPECT_TRUE(claim_all().empty());
  EXPECT_EQ(ingest_->load_body(accepted->event_id).error().code, Code::not_found);
}

TEST_F(IngestTest, SecretsDoNotEnterTheSummary) {
  const EventRow event = row(take("d1", "push", push())->event_id);
  EXPECT_FALSE(contains(event.summary, "ghp_16C7")) << event.summary;
  EXPECT_TRUE(contains(event.summary, "GITHUB_TOKEN")) << event.summary;
}

TEST_F(IngestTest, TheSameDeliveryTwiceIsOneEvent) {
  const auto first = take("d1", "workflow_run", failed_run());
  const auto second = take("d1", "workflow_run", failed_run());
  ASSERT_EQ(told(second), "ok");
  EXPECT_TRUE(second->repeated);
  EXPECT_FALSE(second->queued) << "its job waits already";
  EXPECT_EQ(second->event_id, first->event_id);
  EXPECT_EQ(events(), 1U);
  EXPECT_EQ(row(first->event_id).redelivered, 1);
  EXPECT_EQ(claim_all().size(), 1U);
  EXPECT_EQ(told(take("d1", "workflow_run", failed_run(), "github_poll")), "ok");
  EXPECT_EQ(events(), 2U) << "another source has ids of its own";
}

TEST_F(IngestTest, ARepeatedPushIsOneEventToo) {
  EXPECT_EQ(told(take("d1", "push", push())), "ok");
  const auto second = take("d1", "push", push());
  EXPECT_TRUE(second->repeated);
  EXPECT_FALSE(second->queued);
  EXPECT_EQ(events(), 1U);
}

TEST_F(IngestTest, ARepeatedDeliveryGivesADeadJobAnotherLife) {
  const auto first = take("d1", "workflow_run", failed_run());
  const auto jobs = claim_all();
  ASSERT_EQ(jobs.size(), 1U);
  FM_ASSERT_OK(db_->write(context_of(clock_), [&](store::Tx& tx) -> Result<void> {
    TRY([[maybe_unused]] const auto state, store::fail_job(tx, jobs[0], "no", false, 0, clock_.now_ms()));
    return {};
  }));
  EXPECT_EQ(row(first->event_id).state, "dead");
  const auto again = take("d1", "workflow_run", failed_run());
  ASSERT_EQ(told(again), "ok");
  EXPECT_TRUE(again->repeated);
  EXPECT_TRUE(again->queued);
  EXPECT_EQ(row(first->event_id).state, "queued");
  EXPECT_EQ(claim_all().size(), 1U);
  const auto running = take("d1", "workflow_run", failed_run());
  EXPECT_FALSE(running->queued) << "a running job is left alone";
}

TEST_F(IngestTest, WhatCannotBeReadIsRefusedAndLeavesNothing) {
  EXPECT_EQ(take("d1", "workflow_run", "{").error().code, Code::invalid);
  EXPECT_EQ(take("d1", "workflow_run", R"({"action":"completed"})").error().code, Code::invalid);
  EXPECT_EQ(events(), 0U);
}

TEST_F(IngestTest, AFullWriterIsSaidAtOnceWithATime) {
  store::testing::Gate gate;
  store::testing::Counter entered;
  ASSERT_TRUE(db_->write_async(
      [&](store::Tx&) -> Result<void> {
        entered.add();
        gate.wait();
        return {};
      },
      1, [](Result<void>) {}));
  entered.wait_for(1);
  std::vector<std::future<Result<Accepted>>> waiting;
  std::optional<Error> refused;
  for (int i = 0; i < 10 && !refused; ++i) {
    auto promise = std::make_shared<std::promise<Result<Accepted>>>();
    waiting.push_back(promise->get_future());
    ingest_->accept({"github", "d" + std::to_string(i), "push", push(), false},
                    [promise](Result<Accepted> result) { promise->set_value(std::move(result)); });
    if (waiting.back().wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      const auto result = waiting.back().get();
      waiting.pop_back();
      ASSERT_FALSE(result);
      refused = result.error();
    }
  }
  gate.open();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, Code::unavailable);
  EXPECT_TRUE(refused->retry_after.has_value());
  for (auto& one : waiting) EXPECT_EQ(told(one.get()), "ok");
  EXPECT_EQ(events(), waiting.size()) << "what was taken is there";
}

TEST_F(IngestTest, AClosedStoreRefuses) {
  db_->close();
  EXPECT_EQ(take("d1", "push", push()).error().code, Code::unavailable);
}

}  // namespace
}  // namespace fm::events
