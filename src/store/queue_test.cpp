#include "store/queue.h"

#include <map>
#include <random>

#include "store/queue_views.h"
#include "store/testing.h"

namespace fm::store::testing {
namespace {

constexpr Millis kLease{1'000};
using Counts = std::array<std::int64_t, 4>;

class QueueTest : public ::testing::Test {
 protected:
  void SetUp() override { FM_ASSERT_OK(migrate(context(), *db_, queue_migrations())); }
  Context context() const { return context_of(clock_); }
  UnixMs now() const { return clock_.now_ms(); }

  static NewJob job(std::string id, std::string key = "", std::string idempotency_key = "") {
    NewJob made;
    made.id = std::move(id);
    made.kind = "test";
    made.key = std::move(key);
    made.payload = R"({"n":1})";
    made.idempotency_key = std::move(idempotency_key);
    made.event_id = "evt_1";
    made.max_attempts = 2;
    return made;
  }
  template <class F>
  auto in_tx(F&& f) {
    decltype(f(std::declval<Tx&>())) result{};
    const auto written = db_->write(context(), [&](Tx& tx) -> Result<void> {
      result = f(tx);
      if (!result) return std::unexpected(result.error());
      return {};
    });
    EXPECT_EQ(written.has_value(), result.has_value());
    return result;
  }
  Result<void> put(const NewJob& made) {
    return in_tx([&](Tx& tx) { return enqueue(tx, made, now()); });
  }
  std::vector<Job> take(std::size_t n = 10) {
    return in_tx([&](Tx& tx) { return claim(tx, "w1", n, kLease, now()); }).value_or(std::vector<Job>{});
  }
  std::string take_ids(std::size_t n = 10) {
    std::string ids;
    for (const Job& taken : take(n)) ids += (ids.empty() ? "" : " ") + taken.id;
    return ids;
  }
  Result<void> end(const Job& taken) {
    return in_tx([&](Tx& tx) { return finish(tx, taken, now()); });
  }
  Result<JobState> end_badly(const Job& taken, bool retry = true, Millis wait = Millis{0}) {
    return in_tx([&](Tx& tx) { return fail_job(tx, taken, "broke", retry, now() + wait.count(), now()); });
  }
  Result<void> again(std::string_view id) {
    return in_tx([&](Tx& tx) { return requeue(tx, id, now()); });
  }
  Job load(std::string_view id) { return load_job(*db_, id).value_or(Job{}); }
  std::string plan_of(std::string_view sql, Values values) {
    std::string plan;
    const auto read = db_->read(std::string("EXPLAIN QUERY PLAN ") + std::string(sql), values,
                                [&](const Row& row) { plan += std::string(row.text(3)) + "\n"; });
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().full());
    return plan;
  }

  FakeClock clock_;
  TempDir directory_{true};
  std::unique_ptr<Db> db_ = open_or_die(small_options(directory_.path()), clock_);
};

TEST_F(QueueTest, AJobGoesFromQueuedOverRunningToDone) {
  FM_ASSERT_OK(put(job("job_1", "acme/web")));
  const auto taken = take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].kind, "test");
  EXPECT_EQ(taken[0].key, "acme/web");
  EXPECT_EQ(taken[0].payload, R"({"n":1})");
  EXPECT_EQ(taken[0].event_id, "evt_1");
  EXPECT_EQ(taken[0].attempts, 1);
  EXPECT_EQ(taken[0].lease_until, now() + kLease.count());
  EXPECT_EQ(load("job_1").state, JobState::running);
  EXPECT_EQ(take_ids(), "") << "a leased job is not given twice";
  clock_.advance(Millis{500});
  FM_ASSERT_OK(end(taken[0]));
  EXPECT_EQ(load("job_1").state, JobState::done);
  EXPECT_EQ(load("job_1").done_at, now());
  FM_EXPECT_CODE(end(taken[0]), Code::conflict);
  FM_EXPECT_CODE(load_job(*db_, "job_none"), Code::not_found);
}

TEST_F(QueueTest, JobsComeInOrderOfTheirTimeThenOfEnqueueing) {
  auto later = job("job_3");
  later.run_at = now() + 50;
  FM_ASSERT_OK(put(later));
  FM_ASSERT_OK(put(job("job_2")));
  FM_ASSERT_OK(put(job("job_1")));
  EXPECT_EQ(take_ids(1), "job_2");
  EXPECT_EQ(take_ids(), "job_1");
  clock_.advance(Millis{50});
  EXPECT_EQ(take_ids(), "job_3");
}

TEST_F(QueueTest, ASecondJobWithTheSameIdempotencyKeyIsNotAdded) {
  FM_ASSERT_OK(put(job("job_1", "", "delivery-1")));
  FM_ASSERT_OK(put(job("job_2", "", "delivery-1")));
  FM_ASSERT_OK(put(job("job_3", "", "delivery-2")));
  FM_EXPECT_CODE(put(job("job_1")), Code::conflict);
  EXPECT_EQ(take_ids(), "job_1 job_3");
}

TEST_F(QueueTest, OnlyTheOldestUnfinishedJobOfAKeyRuns) {
  for (const auto* id : {"job_a1", "job_a2", "job_a3"}) FM_ASSERT_OK(put(job(id, "a")));
  FM_ASSERT_OK(put(job("job_b1", "b")));
  const auto first = take();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, "job_a1");
  EXPECT_EQ(first[1].id, "job_b1");
  EXPECT_EQ(take_ids(), "");
  ASSERT_EQ(end_badly(first[0], true, Millis{100}).value_or(JobState::done), JobState::queued);
  EXPECT_EQ(take_ids(), "") << "a waiting retry holds the ones behind it back";
  clock_.advance(Millis{100});
  const auto second = take();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].id, "job_a1");
  EXPECT_EQ(second[0].attempts, 2);
  EXPECT_EQ(second[0].last_error, "broke");
  ASSERT_EQ(end_badly(second[0]).value_or(JobState::done), JobState::dead) << "attempts are used up";
  const auto third = take();
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].id, "job_a2") << "a dead job does not hold the others back";
  FM_ASSERT_OK(end(third[0]));
  EXPECT_EQ(take_ids(), "job_a3");
}

TEST_F(QueueTest, AJobThatShallNotBeRetriedDiesAtOnce) {
  FM_ASSERT_OK(put(job("job_1")));
  EXPECT_EQ(end_badly(take().at(0), false).value_or(JobState::done), JobState::dead);
  EXPECT_EQ(load("job_1").last_error, "broke");
}

TEST_F(QueueTest, AnExpiredLeaseIsTakenOverWithAMarkAndFencesTheOldWorkerOff) {
  FM_ASSERT_OK(put(job("job_1", "a")));
  const Job old = take().at(0);
  clock_.advance(kLease);
  const auto taken = take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].attempts, 2);
  EXPECT_EQ(taken[0].last_error, "lease expired (the worker stopped while it ran)");
  FM_EXPECT_CODE(end(old), Code::conflict);
  FM_EXPECT_CODE(end_badly(old), Code::conflict);
  FM_EXPECT_CODE(in_tx([&](Tx& tx) { return extend_lease(tx, old, kLease, now()); }), Code::conflict);
  FM_EXPECT_CODE(in_tx([&](Tx& tx) { return give_back(tx, old, "", now()); }), Code::conflict);
  FM_ASSERT_OK(put(job("job_2", "a")));
  clock_.advance(kLease);
  EXPECT_EQ(take_ids(), "job_2") << "two attempts are used up: dead";
  EXPECT_EQ(load("job_1").state, JobState::dead);
}

TEST_F(QueueTest, ARenewedLeaseHolds) {
  FM_ASSERT_OK(put(job("job_1")));
  const Job taken = take().at(0);
  clock_.advance(kLease - Millis{1});
  FM_ASSERT_OK(in_tx([&](Tx& tx) { return extend_lease(tx, taken, kLease, now()); }));
  clock_.advance(Millis{2});
  EXPECT_EQ(take_ids(), "");
  FM_ASSERT_OK(end(taken));
}

TEST_F(QueueTest, ReclaimAllTakesRunningJobsBackBeforeTheirLeaseEnds) {
  FM_ASSERT_OK(put(job("job_1")));
  ASSERT_EQ(take_ids(), "job_1");
  EXPECT_EQ(in_tx([&](Tx& tx) { return reclaim(tx, 10, false, now()); }).value_or(std::vector<Job>(9)).size(), 0U);
  EXPECT_EQ(in_tx([&](Tx& tx) { return reclaim(tx, 10, true, now()); }).value_or(std::vector<Job>(9)).size(), 1U);
  EXPECT_EQ(take_ids(), "job_1");
}

TEST_F(QueueTest, AJobGivenBackLosesNoAttemptAndKeepsItsPlace) {
  FM_ASSERT_OK(put(job("job_1")));
  FM_ASSERT_OK(put(job("job_2")));
  const Job taken = take(1).at(0);
  FM_ASSERT_OK(in_tx([&](Tx& tx) { return give_back(tx, taken, "stopped", now()); }));
  const auto next = take();
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0].id, "job_1");
  EXPECT_EQ(next[0].attempts, 1);
  EXPECT_EQ(next[0].last_error, "stopped");
}

TEST_F(QueueTest, RequeueBringsADeadJobBackAtTheEndOfItsKey) {
  FM_ASSERT_OK(put(job("job_1", "a")));
  FM_ASSERT_OK(put(job("job_2", "a")));
  FM_EXPECT_CODE(again("job_none"), Code::not_found);
  const Job first = take().at(0);
  FM_EXPECT_CODE(again("job_1"), Code::conflict);
  ASSERT_EQ(end_badly(first, false).value_or(JobState::done), JobState::dead);
  FM_ASSERT_OK(again("job_1"));
  const Job second = take().at(0);
  EXPECT_EQ(second.id, "job_2");
  FM_ASSERT_OK(end(second));
  FM_EXPECT_CODE(again("job_2"), Code::conflict);
  const auto third = take();
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].id, "job_1");
  EXPECT_EQ(third[0].attempts, 1) << "attempts are counted anew";
}

TEST_F(QueueTest, RequeueEndsTheWaitForARetry) {
  FM_ASSERT_OK(put(job("job_1", "a")));
  ASSERT_TRUE(end_badly(take().at(0), true, Millis{100'000}).has_value());
  EXPECT_EQ(take_ids(), "");
  FM_ASSERT_OK(again("job_1"));
  EXPECT_EQ(take_ids(), "job_1");
}

TEST_F(QueueTest, ListsCountsAndDeletes) {
  for (int i = 0; i < 9; ++i) FM_ASSERT_OK(put(job("job_" + std::to_string(i))));
  const auto taken = take(6);
  for (int i = 0; i < 3; ++i) FM_ASSERT_OK(end(taken.at(static_cast<std::size_t>(i))));
  ASSERT_TRUE(end_badly(taken.at(3), false).has_value());
  EXPECT_EQ(count_jobs(*db_).value_or(Counts{}), (Counts{3, 2, 3, 1}));
  const auto ids = [&](const JobFilter& filter) {
    std::string out;
    for (const Job& listed : list_jobs(*db_, filter).value_or(std::vector<Job>{})) out += listed.id.substr(4);
    return out;
  };
  EXPECT_EQ(ids({.state = {}, .before_id = "", .limit = 4}), "8765");
  EXPECT_EQ(ids({.state = {}, .before_id = "job_5", .limit = 50}), "43210");
  EXPECT_EQ(ids({.state = JobState::queued, .before_id = "", .limit = 2}), "87");
  EXPECT_EQ(ids({.state = JobState::running, .before_id = "", .limit = 50}), "54");
  EXPECT_EQ(ids({.state = JobState::done, .before_id = "job_2", .limit = 50}), "10");
  EXPECT_EQ(ids({.state = JobState::dead, .before_id = "", .limit = 50}), "3");
  EXPECT_EQ(oldest_due(*db_, now()).value_or(0), now());

  const auto removed = [&](JobState state, std::size_t n) {
    return in_tx([&](Tx& tx) { return delete_ended_jobs(tx, state, now(), n); }).value_or(-1);
  };
  EXPECT_EQ(removed(JobState::done, 50), 0) << "none ended before now";
  clock_.advance(Millis{1});
  EXPECT_EQ(removed(JobState::done, 2), 2);
  EXPECT_EQ(removed(JobState::done, 2), 1);
  EXPECT_EQ(removed(JobState::dead, 2), 1);
  FM_EXPECT_CODE(in_tx([&](Tx& tx) { return delete_ended_jobs(tx, JobState::queued, now(), 1); }), Code::invalid);
  EXPECT_EQ(count_jobs(*db_).value_or(Counts{}), (Counts{3, 2, 0, 0}));
}

// Claims must not walk over done jobs nor over a backlog that has to wait for its key.
TEST_F(QueueTest, ClaimsAndPromotionsUseTheirIndexes) {
  const std::string due =
      plan_of("SELECT seq FROM jobs WHERE state = 0 AND head = 1 AND run_at <= $1 ORDER BY run_at, seq LIMIT $2",
              {now(), std::int64_t{16}});
  EXPECT_NE(due.find("jobs_due (run_at<?)"), std::string::npos) << due;
  EXPECT_EQ(due.find("TEMP B-TREE"), std::string::npos) << due;
  const std::string leased =
      plan_of("SELECT seq FROM jobs WHERE state = 1 AND lease_until <= $1 ORDER BY lease_until, seq LIMIT $2",
              {now(), std::int64_t{16}});
  EXPECT_NE(leased.find("jobs_leased (lease_until<?)"), std::string::npos) << leased;
  const std::string next =
      plan_of("SELECT min(seq) FROM jobs WHERE order_key = $1 AND state < 2 AND order_key IS NOT NULL", {"a"});
  EXPECT_NE(next.find("jobs_order (order_key=?"), std::string::npos) << next;
  const std::string dead =
      plan_of("SELECT id FROM jobs WHERE state <> 2 AND state = 3 AND id < $1 ORDER BY id DESC LIMIT 5", {"x"});
  EXPECT_NE(dead.find("jobs_open (state=? AND id<?)"), std::string::npos) << dead;
}

TEST_F(QueueTest, ABacklogOfOneKeyStandsOutsideOfTheDueIndex) {
  for (int i = 0; i < 100; ++i) FM_ASSERT_OK(put(job("job_" + std::to_string(1'000 + i), "a")));
  std::int64_t due = -1;
  FM_ASSERT_OK(db_->read("SELECT count(*) FROM jobs WHERE state = 0 AND head = 1", {},
                         [&](const Row& row) { due = row.integer(0); }));
  EXPECT_EQ(due, 1);
}

// Any mix of steps: per key at most one job runs, it is the oldest unfinished one, and every key with unfinished
// jobs has exactly one head.
TEST_F(QueueTest, OrderHoldsUnderRandomSteps) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::vector<Job> held;
    for (int step = 0; step < 250; ++step) {
      const int what = pick(10);
      if (what < 4) {
        FM_ASSERT_OK(put(job("job_" + std::to_string(seed * 100'000 + static_cast<unsigned>(step)),
                             std::string(1, static_cast<char>('a' + pick(4))))));
      } else if (what < 6) {
        for (Job& taken : take(static_cast<std::size_t>(1 + pick(3)))) held.push_back(std::move(taken));
      } else if (what < 9 && !held.empty()) {
        const auto at = held.begin() + pick(static_cast<int>(held.size()));
        const int how = pick(3);
        if (how == 0) (void)end(*at);
        if (how == 1) (void)end_badly(*at, pick(2) == 0, Millis{pick(50)});
        if (how == 2) (void)again(at->id);
        if (how != 2) held.erase(at);
      } else {
        clock_.advance(Millis{pick(400)});
      }
      int broken = 0;
      FM_ASSERT_OK(db_->read(
          "SELECT count(*) FROM (SELECT order_key, min(seq) AS first, sum(head) AS heads, sum(state = 1) AS running,"
          " max(CASE WHEN head = 1 THEN seq END) AS head_seq, max(CASE WHEN state = 1 THEN seq END) AS running_seq"
          " FROM jobs WHERE state < 2 GROUP BY order_key) per_key"
          " WHERE heads <> 1 OR head_seq <> first OR running > 1 OR (running = 1 AND running_seq <> first)",
          {}, [&](const Row& row) { broken = static_cast<int>(row.integer(0)); }));
      ASSERT_EQ(broken, 0) << "after step " << step;
    }
  }
}

TEST(Backoff, IsFullJitterBetweenItsBounds) {
  std::mt19937_64 random(1);
  for (int attempt = 0; attempt < 40; ++attempt) {
    const std::int64_t top = std::min<std::int64_t>(600'000, attempt > 16 ? 600'000 : 2'000LL << attempt);
    std::int64_t least = 600'000, most = 0;
    for (int i = 0; i < 2'000; ++i) {
      const auto wait = backoff(attempt, std::nullopt, random()).count();
      least = std::min(least, wait);
      most = std::max(most, wait);
    }
    EXPECT_GE(least, 1'000);
    EXPECT_LE(most, top);
    EXPECT_GT(most, top - top / 5) << attempt;
    EXPECT_LT(least, 1'000 + top / 5) << attempt;
  }
  EXPECT_EQ(backoff(1, Millis{900'000}, 5), Millis{900'000});
}

}  // namespace
}  // namespace fm::store::testing
