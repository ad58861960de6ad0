#include "events/retention.h"

#include <gtest/gtest.h>

#include "base/ids.h"
#include "events/failure_repo.h"
#include "events/log_store.h"
#include "events/schema.h"
#include "notify/outbox.h"
#include "store/queue.h"
#include "store/testing.h"

namespace fm::events {
namespace {

using store::testing::context_of;
using store::testing::told;

constexpr Millis kDay{86'400'000};

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    std::vector<store::Migration> all(store::queue_migrations().begin(), store::queue_migrations().end());
    all.insert(all.end(), event_migrations().begin(), event_migrations().end());
    all.insert(all.end(), notify::notify_migrations().begin(), notify::notify_migrations().end());
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, all)), "ok");
  }
  ~RetentionTest() override { db_->close(); }

  void write(const store::WriteFn& fn) { EXPECT_EQ(told(db_->write(context_of(clock_), fn)), "ok"); }
  // An event received now; with a job in that state (-1: none).
  std::string event(int job_state, std::int64_t size = 100) {
    const std::string id = new_id("evt_", clock_);
    const std::string job = new_id("job_", clock_);
    write([&](store::Tx& tx) -> Result<void> {
      const store::Value job_id = job_state < 0 ? store::Value(nullptr) : store::Value(std::string_view(job));
      TRY_VOID(
          tx.run("INSERT INTO events (id, source, delivery_id, kind, summary, job_id, received_at, size_bytes) VALUES "
                 "($1,'github',$1,'push','s',$2,$3,$4)",
                 {std::string_view(id), job_id, clock_.now_ms(), size}));
      if (job_state < 0) return {};
      store::NewJob fresh;
      fresh.id = job;
      fresh.kind = "k";
      fresh.event_id = id;
      if (job_state == 0) fresh.run_at = clock_.now_ms() + 1'000 * kDay.count();  // so that no claim below takes it
      TRY_VOID(store::enqueue(tx, fresh, clock_.now_ms()));
      if (job_state == 0) return {};
      TRY(const auto claimed, store::claim(tx, "w", 1, Millis{1'000}, clock_.now_ms()));
      if (job_state == 2) return store::finish(tx, claimed.at(0), clock_.now_ms());
      TRY([[maybe_unused]] const auto state, store::fail_job(tx, claimed.at(0), "no", false, 0, clock_.now_ms()));
      return {};
    });
    return id;
  }
  // A stored failure seen now, with a log of that many random bytes.
  Saved failure(std::int64_t run, std::string fingerprint, std::size_t log_bytes = 10) {
    Finding finding;
    finding.job.repository = "acme/web";
    finding.job.workflow = "CI";
    finding.job.job = "test";
    finding.job.run_id = run;
    finding.job.started_at = finding.job.completed_at = clock_.now_ms();
    finding.fingerprint = std::move(fingerprint);
    finding.log_state = LogState::stored;
    const auto pieces = pack_log(random_hex(log_bytes / 2));
    Saved saved;
    write([&](store::Tx& tx) -> Result<void> {
      TRY(saved, save_finding(tx, finding, clock_.now_ms(), new_id("fail_", clock_), new_id("occ_", clock_)));
      return put_log(tx, saved.occurrence_id, pieces);
    });
    return saved;
  }
  Trimmed trim(const RetentionOptions& options) {
    const auto trimmed = trim_store(context_of(clock_), *db_, clock_, options);
    EXPECT_EQ(told(trimmed), "ok");
    return trimmed.value_or(Trimmed{});
  }
  std::int64_t count(std::string_view table) {
    std::int64_t n = -1;
    EXPECT_EQ(told(db_->read("SELECT COUNT(*) FROM " + std::string(table), {},
                             [&](const store::Row& row) { n = row.integer(0); })),
              "ok");
    return n;
  }
  bool has_event(std::string_view id) {
    bool found = false;
    EXPECT_EQ(told(db_->read("SELECT 1 FROM events WHERE id = $1", {id}, [&](const store::Row&) { found = true; })),
              "ok");
    return found;
  }

  store::testing::TempDir dir_{true};
  FakeClock clock_;
  std::unique_ptr<store::Db> db_;
};

TEST_F(RetentionTest, NothingOldNothingGone) {
  event(2);
  failure(1, "f1");
  const Trimmed trimmed = trim({});
  EXPECT_EQ(trimmed.events + trimmed.jobs + trimmed.failures + trimmed.logs + trimmed.notices, 0);
  EXPECT_EQ(count("log_chunks"), 1);
}

TEST_F(RetentionTest, EventsGoByAgeButNotThoseThatWait) {
  const std::string done = event(2), dead = event(3), none = event(-1), waits = event(0);
  clock_.advance(31 * kDay);
  const std::string fresh = event(2);
  const Trimmed trimmed = trim({});
  EXPECT_EQ(trimmed.events, 3);
  EXPECT_EQ(trimmed.jobs, 2);
  EXPECT_FALSE(has_event(done));
  EXPECT_FALSE(has_event(dead));
  EXPECT_FALSE(has_event(none));
  EXPECT_TRUE(has_event(waits));
  EXPECT_TRUE(has_event(fresh));
}

TEST_F(RetentionTest, EventsGoByBytesOldestFirstAndDeadOnesStay) {
  std::vector<std::string> ids;
  for (const int state : {2, 3, 0, 2, 2, 2}) {
    ids.push_back(event(state, 100));
    clock_.advance(Millis{1'000});
  }
  RetentionOptions options;
  options.events_bytes = 250;
  EXPECT_EQ(trim(options).events, 2);
  EXPECT_FALSE(has_event(ids[0]));
  EXPECT_TRUE(has_event(ids[1])) << "dead: by age only";
  EXPECT_TRUE(has_event(ids[2])) << "it waits";
  EXPECT_FALSE(has_event(ids[3]));
  EXPECT_TRUE(has_event(ids[4]));
  EXPECT_TRUE(has_event(ids[5]));
}

TEST_F(RetentionTest, LogsGoByAgeAndTheOccurrenceSaysSo) {
  const Saved old = failure(1, "f1");
  clock_.advance(31 * kDay);
  const Saved fresh = failure(2, "f1");
  EXPECT_EQ(trim({}).logs, 1);
  const auto gone = load_occurrence(*db_, old.occurrence_id).value();
  ASSERT_TRUE(gone.has_value());
  EXPECT_EQ(gone->log_state, "expired");
  EXPECT_NE(gone->log_reason, "");
  EXPECT_EQ(load_log(*db_, old.occurrence_id).value(), "");
  EXPECT_EQ(load_occurrence(*db_, fresh.occurrence_id).value()->log_state, "stored");
  EXPECT_NE(load_log(*db_, fresh.occurrence_id).value(), "");
  EXPECT_EQ(trim({}).logs, 0) << "once";
}

TEST_F(RetentionTest, LogsGoByBytesOldestFirst) {
  std::vector<Saved> all;
  for (int i = 1; i <= 5; ++i) {
    all.push_back(failure(i, "f1", 100'000));
    clock_.advance(Millis{1'000});
  }
  std::int64_t one = 0;
  FM_ASSERT_OK(
      db_->read("SELECT MAX(size_bytes) FROM log_chunks", {}, [&](const store::Row& row) { one = row.integer(0); }));
  RetentionOptions options;
  options.logs_bytes = one * 5 / 2;
  EXPECT_EQ(trim(options).logs, 3);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(load_occurrence(*db_, all[i].occurrence_id).value()->log_state, i < 3 ? "expired" : "stored") << i;
  }
}

TEST_F(RetentionTest, FailuresGoWithEverythingOfTheirs) {
  failure(1, "old");
  clock_.advance(181 * kDay);
  const Saved fresh = failure(2, "new");
  const Trimmed trimmed = trim({});
  EXPECT_EQ(trimmed.failures, 1);
  EXPECT_EQ(count("failures"), 1);
  EXPECT_EQ(count("occurrences"), 1);
  EXPECT_EQ(count("log_chunks"), 1);
  EXPECT_TRUE(load_failure(*db_, fresh.failure_id).value().has_value());
}

TEST_F(RetentionTest, AFailureThatGoesOnCountsWhatIsLeft) {
  failure(1, "f1");
  clock_.advance(181 * kDay);
  const Saved again = failure(2, "f1");
  trim({});
  const auto row = load_failure(*db_, again.failure_id).value();
  ASSERT_TRUE(row.has_value());
  const auto left = list_occurrences(*db_, again.failure_id, 0, "", 50).value();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(row->occurrence_count, 1) << "the list and the count agree";
}

TEST_F(RetentionTest, MoreThanOneBatch) {
  write([&](store::Tx& tx) -> Result<void> {
    for (int i = 0; i < 1'200; ++i) {
      const std::string id = "evt_" + std::to_string(i);
      TRY_VOID(
          tx.run("INSERT INTO events (id, source, delivery_id, kind, summary, received_at, size_bytes) VALUES "
                 "($1,'github',$1,'push','s',1,1)",
                 {std::string_view(id)}));
    }
    return {};
  });
  EXPECT_EQ(trim({}).events, 1'200);
  EXPECT_EQ(count("events"), 0);
}

TEST_F(RetentionTest, StopsWhenToldTo) {
  const Context over(clock_, clock_.steady());
  EXPECT_EQ(trim_store(over, *db_, clock_, {}).error().code, Code::timeout);
}

}  // namespace
}  // namespace fm::events
