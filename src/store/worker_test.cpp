#include <atomic>
#include <map>
#include <random>

#include "base/ids.h"
#include "store/queue.h"
#include "store/queue_views.h"
#include "store/testing.h"

namespace fm::store::testing {
namespace {

constexpr Migration kLedger[] = {
    {1, "ledger", "CREATE TABLE ledger (place INTEGER PRIMARY KEY, name TEXT NOT NULL, n INTEGER NOT NULL)"}};

class WorkerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<Migration> all(std::begin(kLedger), std::end(kLedger));
    for (const Migration& migration : queue_migrations()) all.push_back(migration);
    FM_ASSERT_OK(migrate(context(), *db_, all));
  }
  // The clock stands still: deadlines inside are never reached.
  Context context() const { return context_of(clock_); }
  WorkerOptions options() {
    WorkerOptions made;
    made.poll = Millis{3'600'000};  // nothing happens unless somebody is woken
    made.on_change = [this](const Job& job, JobState state) {
      {
        const std::lock_guard lock(mutex_);
        changes_[job.id] += std::string(to_string(state)) + " ";
      }
      if (state == JobState::done) done_.add();
      if (state == JobState::dead) dead_.add();
      if (state == JobState::queued) queued_.add();
    };
    return made;
  }
  Result<void> put(const std::string& id, const std::string& kind, const std::string& key = "", int max_attempts = 3) {
    return db_->write(context(), [&](Tx& tx) {
      NewJob job;
      job.id = id;
      job.kind = kind;
      job.key = key;
      job.payload = "{}";
      job.max_attempts = max_attempts;
      return enqueue(tx, job, clock_.now_ms());
    });
  }
  std::string changes_of(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return changes_[id];
  }
  Job load(const std::string& id) { return load_job(*db_, id).value_or(Job{}); }
  static WriteFn note(std::string name, std::int64_t n) {
    return [name = std::move(name), n](Tx& tx) {
      return tx.run("INSERT INTO ledger (name, n) VALUES ($1, $2)", {std::string_view(name), n});
    };
  }
  std::map<std::string, std::vector<std::int64_t>> ledger() {
    std::map<std::string, std::vector<std::int64_t>> out;
    EXPECT_TRUE(db_->read("SELECT name, n FROM ledger ORDER BY place", {},
                          [&](const Row& row) { out[std::string(row.text(0))].push_back(row.integer(1)); })
                    .has_value());
    return out;
  }

  FakeClock clock_;
  TempDir directory_{true};
  std::unique_ptr<Db> db_ = open_or_die(small_options(directory_.path()), clock_);
  std::mutex mutex_;  // guards changes_
  std::map<std::string, std::string> changes_;
  Counter done_, dead_, queued_;
};

TEST_F(WorkerTest, RunsAJobAndCommitsItsWorkWithItsEnd) {
  FM_ASSERT_OK(put("job_1", "note"));
  Worker worker(*db_, clock_, options());
  worker.handle("note", [](const Context& context, const Job& job) {
    EXPECT_TRUE(context.check().has_value());
    Outcome outcome;
    outcome.commit = note(job.id, 1);
    return outcome;
  });
  FM_ASSERT_OK(worker.start(false));
  done_.wait_for(1);
  EXPECT_EQ(ledger().at("job_1"), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(changes_of("job_1"), "running done ");
  FM_ASSERT_OK(put("job_2", "note"));
  worker.wake();
  done_.wait_for(2);
  worker.stop(Millis{1'000});
  EXPECT_EQ(load("job_2").state, JobState::done);
}

TEST_F(WorkerTest, AJobThatKeepsFailingIsRetriedAndThenDead) {
  FM_ASSERT_OK(put("job_1", "fail"));
  Worker worker(*db_, clock_, options());
  worker.handle("fail", [n = 0](const Context&, const Job&) mutable {
    Outcome outcome;
    outcome.ok = false;
    outcome.error = "broke " + std::to_string(++n);
    return outcome;
  });
  FM_ASSERT_OK(worker.start(false));
  for (int attempt = 1; attempt < 3; ++attempt) {
    queued_.wait_for(attempt);
    EXPECT_GT(load("job_1").run_at, clock_.now_ms());
    clock_.advance(Millis{600'000});
    worker.wake();
  }
  dead_.wait_for(1);
  worker.stop(Millis{1'000});
  EXPECT_EQ(load("job_1").attempts, 3);
  EXPECT_EQ(load("job_1").last_error, "broke 3");
  EXPECT_EQ(changes_of("job_1"), "running queued running queued running dead ");
}

TEST_F(WorkerTest, FaultsOfHandlersBecomeErrorsOfTheirJobs) {
  FM_ASSERT_OK(put("job_throws", "throw", "", 1));
  FM_ASSERT_OK(put("job_unknown", "unknown", "", 1));
  FM_ASSERT_OK(put("job_unsaved", "unsaved", "", 1));
  FM_ASSERT_OK(put("job_gives_up", "give_up", "", 9));
  Worker worker(*db_, clock_, options());
  worker.handle("throw", [](const Context&, const Job&) -> Outcome { throw std::runtime_error("a fault"); });
  worker.handle("unsaved", [](const Context&, const Job&) {
    Outcome outcome;
    outcome.commit = [](Tx& tx) -> Result<void> {
      TRY_VOID(note("unsaved", 1)(tx));
      return fail(Code::internal, "cannot be kept");
    };
    return outcome;
  });
  worker.handle("give_up", [](const Context&, const Job&) {
    Outcome outcome;
    outcome.ok = outcome.retry = false;
    outcome.error = "pointless";
    return outcome;
  });
  FM_ASSERT_OK(worker.start(false));
  dead_.wait_for(4);
  worker.stop(Millis{1'000});
  EXPECT_EQ(load("job_throws").last_error, "internal: the handler threw: a fault");
  EXPECT_NE(load("job_unknown").last_error.find("kind unknown"), std::string::npos);
  EXPECT_NE(load("job_unsaved").last_error.find("cannot be kept"), std::string::npos);
  EXPECT_EQ(load("job_gives_up").attempts, 1);
  EXPECT_TRUE(ledger().empty());
}

TEST_F(WorkerTest, StopTellsRunningHandlersAndGivesTheirJobsBack) {
  FM_ASSERT_OK(put("job_1", "long", "a"));
  FM_ASSERT_OK(put("job_2", "long", "b"));
  auto one_thread = options();
  one_thread.threads = 1;
  Counter begun;
  Worker worker(*db_, clock_, one_thread);
  worker.handle("long", [&](const Context& context, const Job&) {
    begun.add();
    while (!context.stop().stop_requested()) std::this_thread::yield();
    Outcome outcome;
    outcome.ok = false;
    outcome.error = "cancelled";
    return outcome;
  });
  FM_ASSERT_OK(worker.start(false));
  begun.wait_for(1);
  worker.stop(Millis{10});
  EXPECT_EQ(begun.count(), 1);
  EXPECT_EQ(load("job_1").state, JobState::queued);
  EXPECT_EQ(load("job_1").attempts, 0);
  EXPECT_EQ(load("job_1").last_error, "cut off: firstmate stopped while it ran") << "the mark";
  EXPECT_EQ(load("job_2").state, JobState::queued) << "claimed, never begun";
  EXPECT_EQ(load("job_2").last_error, "");
}

TEST_F(WorkerTest, JobsThatACrashLeftRunningAreTakenBackAtTheStart) {
  FM_ASSERT_OK(put("job_1", "note"));
  FM_ASSERT_OK(db_->write(context(), [&](Tx& tx) -> Result<void> {
    TRY(const auto taken, claim(tx, "crashed", 1, Millis{1'000'000}, clock_.now_ms()));
    EXPECT_EQ(taken.size(), 1U);
    return {};
  }));
  std::string mark;
  Worker worker(*db_, clock_, options());
  worker.handle("note", [&](const Context&, const Job& job) {
    mark = job.last_error;
    return Outcome{};
  });
  FM_ASSERT_OK(worker.start(true));
  done_.wait_for(1);
  worker.stop(Millis{1'000});
  EXPECT_EQ(mark, "lease expired (the worker stopped while it ran)");
  EXPECT_EQ(load("job_1").attempts, 2);
}

TEST_F(WorkerTest, AHandlerWhoseLeaseWasLostIsStoppedAndCannotCommit) {
  FM_ASSERT_OK(put("job_1", "long"));
  const SystemClock real;  // renewals go by time that passes
  auto short_lease = options();
  short_lease.lease = Millis{60};
  Counter begun, ended;
  Worker worker(*db_, real, short_lease);
  worker.handle("long", [&](const Context& context, const Job& job) {
    begun.add();
    if (job.attempts > 1) return Outcome{};
    while (!context.stop().stop_requested()) std::this_thread::yield();
    ended.add();
    Outcome outcome;
    outcome.commit = note("stolen", 1);
    return outcome;
  });
  FM_ASSERT_OK(worker.start(false));
  begun.wait_for(1);
  FM_ASSERT_OK(db_->write(context(), [&](Tx& tx) -> Result<void> {
    TRY(const auto stolen, reclaim(tx, 10, true, real.now_ms()));
    EXPECT_EQ(stolen.size(), 1U);
    return {};
  }));
  ended.wait_for(1);
  worker.wake();
  done_.wait_for(1);
  worker.stop(Millis{1'000});
  EXPECT_TRUE(ledger().empty());
  EXPECT_EQ(load("job_1").state, JobState::done);
  EXPECT_EQ(load("job_1").attempts, 2);
}

// 50 keys with 200 jobs each on 4 threads. Now and then a handler fails, and the clock jumps further than a lease and a
// backoff. What was committed is in order for each key, everything, and once.
TEST_F(WorkerTest, OrderPerKeyHoldsOverFailuresAndLostLeases) {
  constexpr int kKeys = 50, kJobs = 200;
  FM_ASSERT_OK(db_->write(context(), [&](Tx& tx) -> Result<void> {
    for (int n = 0; n < kJobs; ++n) {
      for (int key = 0; key < kKeys; ++key) {
        NewJob job;
        job.id = new_id("job_", clock_);
        job.kind = "append";
        job.key = "key" + std::to_string(key);
        job.payload = std::to_string(n);
        job.max_attempts = 1'000;
        TRY_VOID(enqueue(tx, job, clock_.now_ms()));
      }
    }
    return {};
  }));
  std::atomic<int> runs{0};
  std::mt19937 random(7);
  std::mutex random_mutex;
  auto chosen = options();
  chosen.batch = 32;
  Worker* wakes = nullptr;
  chosen.on_change = [&](const Job&, JobState state) {
    if (state == JobState::done) done_.add();
    if (state == JobState::queued) {
      clock_.advance(Millis{700'000});
      if (wakes != nullptr) wakes->wake();
    }
  };
  Worker worker(*db_, clock_, chosen);
  wakes = &worker;
  worker.handle("append", [&](const Context&, const Job& job) {
    ++runs;
    Outcome outcome;
    {
      const std::lock_guard lock(random_mutex);
      outcome.ok = random() % 100 != 0;
    }
    outcome.error = "by chance";
    outcome.commit = note(job.key, std::stoll(job.payload));
    return outcome;
  });
  FM_ASSERT_OK(worker.start(false));
  done_.wait_for(kKeys * kJobs);
  worker.stop(Millis{1'000});
  const auto written = ledger();
  ASSERT_EQ(written.size(), static_cast<std::size_t>(kKeys));
  std::vector<std::int64_t> expected(kJobs);
  for (int n = 0; n < kJobs; ++n) expected[static_cast<std::size_t>(n)] = n;
  for (const auto& [key, numbers] : written) EXPECT_EQ(numbers, expected) << key;
  EXPECT_GT(runs, kKeys * kJobs);
}

}  // namespace
}  // namespace fm::store::testing
