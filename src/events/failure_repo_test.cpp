#include "events/failure_repo.h"

#include <gtest/gtest.h>

#include "events/schema.h"
#include "store/testing.h"

namespace fm::events {
namespace {

using store::testing::context_of;
using store::testing::told;

constexpr UnixMs kDay = 86'400'000;

class FailureRepoTest : public ::testing::Test {
 protected:
  FailureRepoTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, event_migrations())), "ok");
  }
  ~FailureRepoTest() override { db_->close(); }

  static Finding finding(std::int64_t run, std::string fingerprint = "f1", std::string job = "test") {
    Finding out;
    out.job.repository = "acme/web";
    out.job.workflow = "CI";
    out.job.job = std::move(job);
    out.job.branch = "main";
    out.job.sha = "sha" + std::to_string(run);
    out.job.run_id = run;
    out.job.run_number = run;
    out.job.job_id = run * 10;
    out.job.started_at = 1'000'000 * run;
    out.job.completed_at = 1'000'000 * run + 5'000;
    out.fingerprint = std::move(fingerprint);
    out.cause.summary = "it broke";
    out.cause.category = "test_assertion";
    out.cause.confidence = 0.5;
    out.step = "Run tests";
    return out;
  }
  Saved save(const Finding& one) {
    Saved saved;
    const std::string n = std::to_string(++ids_);
    EXPECT_EQ(told(db_->write(context_of(clock_),
                              [&](store::Tx& tx) -> Result<void> {
                                TRY(saved, save_finding(tx, one, clock_.now_ms(), "fail_" + n, "occ_" + n));
                                return {};
                              })),
              "ok");
    return saved;
  }
  static Pass pass(std::int64_t run, int attempt = 1, std::string job = "test") {
    return {"acme/web", "CI", std::move(job), "main", "sha" + std::to_string(run), run, run, attempt, 1'000'000 * run};
  }
  std::vector<Recovered> recover(const Pass& by) {
    std::vector<Recovered> out;
    EXPECT_EQ(told(db_->write(context_of(clock_),
                              [&](store::Tx& tx) -> Result<void> {
                                TRY(out, mark_recovered(tx, by, "run #9"));
                                return {};
                              })),
              "ok");
    return out;
  }
  FailureRow failure(const std::string& id) {
    auto row = load_failure(*db_, id);
    EXPECT_TRUE(row && *row) << id;
    return row && *row ? **row : FailureRow{};
  }
  OccurrenceRow occurrence(const std::string& id) {
    auto row = load_occurrence(*db_, id);
    EXPECT_TRUE(row && *row) << id;
    return row && *row ? **row : OccurrenceRow{};
  }
  std::vector<std::string> ids(const FailureFilter& filter) {
    auto rows = list_failures(*db_, filter);
    EXPECT_EQ(told(rows), "ok");
    std::vector<std::string> out;
    if (rows)
      for (const FailureRow& row : *rows) out.push_back(row.id);
    return out;
  }

  store::testing::TempDir dir_{true};
  FakeClock clock_;
  std::unique_ptr<store::Db> db_;
  int ids_ = 0;
};

TEST_F(FailureRepoTest, TheFirstOccurrenceMakesThePattern) {
  const Saved saved = save(finding(1));
  EXPECT_TRUE(saved.new_failure);
  EXPECT_TRUE(saved.first_time);
  EXPECT_EQ(saved.occurrence_count, 1);
  const FailureRow row = failure(saved.failure_id);
  EXPECT_EQ(row.state, "open");
  EXPECT_EQ(row.occurrence_count, 1);
  EXPECT_EQ(row.first_seen, 1'005'000);
  EXPECT_EQ(row.last_seen, 1'005'000);
  EXPECT_EQ(row.first_sha, "sha1");
  EXPECT_EQ(row.latest_occurrence_id, saved.occurrence_id);
  EXPECT_EQ(row.cause, "it broke");
  const OccurrenceRow one = occurrence(saved.occurrence_id);
  EXPECT_EQ(one.state, "failed");
  EXPECT_EQ(one.log_state, "missing");
  EXPECT_EQ(one.new_lines, "") << "nothing to compare with is not the same as nothing new";
  EXPECT_EQ(one.analyses, 1);
}

TEST_F(FailureRepoTest, TheSameJobTwiceIsOneOccurrence) {
  const Saved first = save(finding(1));
  Finding again = finding(1);
  again.log_state = LogState::stored;
  again.log_lines = 7;
  again.compared = true;
  again.cause.summary = "it broke, and here is why";
  const Saved second = save(again);
  EXPECT_FALSE(second.new_failure);
  EXPECT_FALSE(second.first_time);
  EXPECT_EQ(second.occurrence_id, first.occurrence_id);
  EXPECT_EQ(second.occurrence_count, 1);
  const OccurrenceRow row = occurrence(first.occurrence_id);
  EXPECT_EQ(row.analyses, 2);
  EXPECT_EQ(row.log_state, "stored");
  EXPECT_EQ(row.log_lines, 7);
  EXPECT_EQ(row.new_lines, "[]");
  EXPECT_EQ(failure(first.failure_id).cause, "it broke, and here is why");
}

TEST_F(FailureRepoTest, AnotherRunOrAttemptOrJobIsAnotherOccurrence) {
  const Saved first = save(finding(1));
  Finding attempt = finding(1);
  attempt.job.attempt = 2;
  EXPECT_EQ(save(attempt).failure_id, first.failure_id);
  EXPECT_EQ(save(finding(2)).occurrence_count, 3);
  EXPECT_NE(save(finding(1, "f1", "lint")).failure_id, first.failure_id) << "the same words in another job";
  EXPECT_EQ(failure(first.failure_id).occurrence_count, 3);
  EXPECT_EQ(failure(first.failure_id).first_sha, "sha1");
  EXPECT_EQ(failure(first.failure_id).last_sha, "sha2");
}

TEST_F(FailureRepoTest, AnOlderRunThatComesLateMovesOnlyTheBeginning) {
  const Saved newer = save(finding(5));
  save(finding(2));
  const FailureRow row = failure(newer.failure_id);
  EXPECT_EQ(row.first_seen, 2'005'000);
  EXPECT_EQ(row.first_sha, "sha2");
  EXPECT_EQ(row.last_seen, 5'005'000);
  EXPECT_EQ(row.last_sha, "sha5");
  EXPECT_EQ(row.latest_occurrence_id, newer.occurrence_id);
}

TEST_F(FailureRepoTest, AMovedFingerprintLeavesNoEmptyPattern) {
  const Saved first = save(finding(1, "no-log"));
  const Saved moved = save(finding(1, "real"));
  EXPECT_EQ(moved.occurrence_id, first.occurrence_id);
  EXPECT_NE(moved.failure_id, first.failure_id);
  EXPECT_EQ(moved.occurrence_count, 1);
  EXPECT_FALSE(load_failure(*db_, first.failure_id).value().has_value());
  EXPECT_EQ(count_failures(*db_).value().all, 1);
}

TEST_F(FailureRepoTest, AMovedFingerprintLeavesTheOthersCounted) {
  const Saved first = save(finding(1, "no-log"));
  const Saved second = save(finding(2, "no-log"));
  ASSERT_EQ(second.failure_id, first.failure_id);
  save(finding(2, "real"));
  const FailureRow left = failure(first.failure_id);
  EXPECT_EQ(left.occurrence_count, 1);
  EXPECT_EQ(left.latest_occurrence_id, first.occurrence_id);
}

TEST_F(FailureRepoTest, APassRecoversWhatIsOlderByRunAndAttempt) {
  struct Case {
    const char* name;
    std::int64_t failed_run;
    int failed_attempt;
    Pass by;
    bool recovered;
  };
  const Case table[] = {
      {"a later run", 10, 1, pass(11), true},
      {"a later attempt of the same run", 20, 1, pass(20, 2), true},
      {"the same attempt (another job of a matrix passed)", 30, 1, pass(30, 1), false},
      {"an earlier attempt", 40, 2, pass(40, 1), false},
      {"an earlier run that ended late", 50, 1, pass(49), false},
  };
  for (const Case& one : table) {
    Finding failed = finding(one.failed_run, std::string("f ") + one.name);
    failed.job.attempt = one.failed_attempt;
    failed.job.branch = one.name;
    const Saved saved = save(failed);
    Pass by = one.by;
    by.branch = one.name;
    EXPECT_EQ(recover(by).size(), one.recovered ? 1U : 0U) << one.name;
    EXPECT_EQ(occurrence(saved.occurrence_id).state, one.recovered ? "recovered" : "failed") << one.name;
    EXPECT_EQ(failure(saved.failure_id).state, one.recovered ? "recovered" : "open") << one.name;
  }
}

TEST_F(FailureRepoTest, APassRecoversOnlyItsOwnJobBranchWorkflowAndRepository) {
  const Saved saved = save(finding(1));
  Pass other_branch = pass(2), other_workflow = pass(2), other_repository = pass(2);
  other_branch.branch = "dev";
  other_workflow.workflow = "Nightly";
  other_repository.repository = "acme/api";
  EXPECT_TRUE(recover(pass(2, 1, "lint")).empty());
  EXPECT_TRUE(recover(other_branch).empty());
  EXPECT_TRUE(recover(other_workflow).empty());
  EXPECT_TRUE(recover(other_repository).empty());
  EXPECT_EQ(occurrence(saved.occurrence_id).state, "failed");
  const auto done = recover(pass(2));
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].run_id, 1);
  EXPECT_EQ(occurrence(saved.occurrence_id).recovered_by, "run #9");
  EXPECT_TRUE(recover(pass(3)).empty()) << "once";
}

TEST_F(FailureRepoTest, ARunWithoutAJobNameRecoversAllItsJobs) {
  save(finding(1, "f1", "test"));
  save(finding(1, "f2", "lint"));
  EXPECT_EQ(recover(pass(2, 1, "")).size(), 2U);
  EXPECT_EQ(count_failures(*db_).value().open, 0);
}

TEST_F(FailureRepoTest, AFailureIsOpenUntilItsLastOccurrenceRecovered) {
  Finding dev = finding(1);
  dev.job.branch = "dev";
  const Saved one = save(dev);
  save(finding(2));
  recover(pass(3));
  EXPECT_EQ(failure(one.failure_id).state, "open");
  Pass on_dev = pass(3);
  on_dev.branch = "dev";
  recover(on_dev);
  EXPECT_EQ(failure(one.failure_id).state, "recovered");
  save(finding(4));
  EXPECT_EQ(failure(one.failure_id).state, "open") << "it came back";
}

TEST_F(FailureRepoTest, ASecondLookAtARecoveredOccurrenceLeavesItRecovered) {
  const Saved saved = save(finding(1));
  recover(pass(2));
  save(finding(1));
  EXPECT_EQ(occurrence(saved.occurrence_id).state, "recovered");
  EXPECT_EQ(failure(saved.failure_id).state, "recovered");
}

TEST_F(FailureRepoTest, FlakeRateIsOfThoseThatEnded) {
  const Saved saved = save(finding(1));
  EXPECT_EQ(load_flake_rate(*db_, saved.failure_id).value(), std::nullopt);
  recover(pass(1, 2));  // the same commit, another attempt
  EXPECT_DOUBLE_EQ(load_flake_rate(*db_, saved.failure_id).value().value(), 1.0);
  save(finding(2));
  EXPECT_DOUBLE_EQ(load_flake_rate(*db_, saved.failure_id).value().value(), 1.0) << "open ones do not count";
  recover(pass(3));
  EXPECT_DOUBLE_EQ(load_flake_rate(*db_, saved.failure_id).value().value(), 0.5);
}

TEST_F(FailureRepoTest, SparklineByDayInUtc) {
  const UnixMs now = 100 * kDay + 12 * 3'600'000;
  const UnixMs starts[] = {now, 100 * kDay, 100 * kDay - 1, 99 * kDay, 98 * kDay, 98 * kDay - 1, 101 * kDay};
  std::int64_t run = 0;
  std::string id;
  for (const UnixMs at : starts) {
    Finding one = finding(++run);
    one.job.started_at = at;
    id = save(one).failure_id;
  }
  EXPECT_EQ(load_sparkline(*db_, id, now, 3).value(), (std::vector<int>{1, 2, 2}));
  EXPECT_EQ(load_sparkline(*db_, id, now, 1).value(), (std::vector<int>{2}));
  EXPECT_EQ(load_sparkline(*db_, "fail_none", now, 2).value(), (std::vector<int>{0, 0}));
}

TEST_F(FailureRepoTest, ListsByFilter) {
  Finding other = finding(2, "f2", "lint");
  other.job.repository = "acme/api";
  other.job.branch = "dev";
  other.cause.category = "lint_error";
  other.cause.summary = "Unused import of 100% of names";
  const std::string a = save(finding(1)).failure_id;
  const std::string b = save(other).failure_id;
  FailureFilter filter;
  EXPECT_EQ(ids(filter), (std::vector<std::string>{b, a})) << "newest first";
  const auto with = [](auto set) {
    FailureFilter out;
    set(out);
    return out;
  };
  const std::vector<std::string> only_a{a}, only_b{b}, none;
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.repository = "acme/api"; })), only_b);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.workflow = "Nightly"; })), none);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.job = "test"; })), only_a);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.category = "lint_error"; })), only_b);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.branch = "dev"; })), only_b);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.state = "open"; })), (std::vector<std::string>{b, a}));
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.state = "recovered"; })), none);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.since = 2'000'000; })), only_b);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.q = "unused IMPORT"; })), only_b);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.q = "'; DROP TABLE failures; --"; })), none);
  EXPECT_EQ(ids(with([](FailureFilter& f) { f.limit = 1; })), only_b);
}

TEST_F(FailureRepoTest, SearchedTextIsTakenLiterally) {
  Finding percent = finding(1, "f1");
  percent.cause.summary = "coverage is 100% of nothing";
  Finding plain = finding(2, "f2");
  plain.cause.summary = "coverage is 1000 of nothing";
  const std::string a = save(percent).failure_id;
  save(plain);
  FailureFilter filter;
  filter.q = "100% of";
  EXPECT_EQ(ids(filter), (std::vector<std::string>{a}));
  filter.q = "coverage_is";
  EXPECT_TRUE(ids(filter).empty()) << "an underscore is an underscore";
}

TEST_F(FailureRepoTest, PagesMeetEveryRowOnceEvenWhenTimesAreEqual) {
  for (int i = 1; i <= 7; ++i) {
    Finding one = finding(1, "f" + std::to_string(i), "job" + std::to_string(i));
    save(one);
  }
  std::vector<std::string> seen;
  FailureFilter filter;
  filter.limit = 3;
  for (int page = 0; page < 4; ++page) {
    const auto rows = list_failures(*db_, filter).value();
    for (const FailureRow& row : rows) seen.push_back(row.id);
    if (rows.size() < 3) break;
    filter.before_seen = rows.back().last_seen;
    filter.before_id = rows.back().id;
  }
  EXPECT_EQ(seen.size(), 7U);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

TEST_F(FailureRepoTest, OccurrencesOfAFailureAndJobsOfARun) {
  const std::string id = save(finding(1)).failure_id;
  save(finding(2));
  save(finding(3));
  const auto page = list_occurrences(*db_, id, 0, "", 2).value();
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].run_id, 3);
  const auto rest = list_occurrences(*db_, id, page[1].started_at, page[1].id, 2).value();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].run_id, 1);
  save(finding(3, "f2", "lint"));
  std::vector<OccurrenceRow> run;
  FM_ASSERT_OK(db_->write(context_of(clock_), [&](store::Tx& tx) -> Result<void> {
    TRY(run, list_run(tx, "acme/web", 3));
    return {};
  }));
  ASSERT_EQ(run.size(), 2U);
  EXPECT_EQ(run[0].job, "test");
  EXPECT_EQ(run[1].job, "lint");
}

TEST_F(FailureRepoTest, FindsWhatIsKnown) {
  EXPECT_FALSE(find_known(*db_, "acme/web", 1, 1, "test").value().has_value());
  const Saved saved = save(finding(1));
  const auto known = find_known(*db_, "acme/web", 1, 1, "test").value();
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->occurrence_id, saved.occurrence_id);
  EXPECT_EQ(known->log_state, "missing");
  EXPECT_FALSE(find_known(*db_, "acme/web", 1, 2, "test").value().has_value());
  EXPECT_FALSE(load_failure(*db_, "fail_none").value().has_value());
  EXPECT_FALSE(load_occurrence(*db_, "occ_none").value().has_value());
}

}  // namespace
}  // namespace fm::events
