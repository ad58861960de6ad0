// The story of a failing build, told by a stand-in for GitHub on a socket.
#include "events/process_event.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "events/event_repo.h"
#include "events/log_store.h"
#include "events/schema.h"
#include "notify/outbox.h"
#include "store/testing.h"
#include "tools/github/testing.h"

namespace fm::events {
namespace {

using store::testing::told;

constexpr const char* kToken = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

class ProcessEventTest : public tools::github::testing::GitHubTest {
 protected:
  ProcessEventTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    std::vector<store::Migration> all(store::queue_migrations().begin(), store::queue_migrations().end());
    all.insert(all.end(), event_migrations().begin(), event_migrations().end());
    all.insert(all.end(), notify::notify_migrations().begin(), notify::notify_migrations().end());
    EXPECT_EQ(told(store::migrate(context(), *db_, all)), "ok");
    ingest_ = std::make_unique<Ingest>(*db_, clock_, redactor_, std::string(32, 's'));
    analysis_ = std::make_unique<CiAnalysis>(
        clock_, client_, redactor_, [this]() -> const logs::RuleSet& { return rules_; }, metrics_,
        AnalyseOptions{"#builds", [] { return std::string("http://fm.example"); }});
    processor_ = std::make_unique<EventProcessor>(*db_, clock_, *ingest_, client_, *analysis_, redactor_);
    on("/actions/workflows/9/runs", R"({"total_count":0,"workflow_runs":[]})");
  }
  ~ProcessEventTest() override { db_->close(); }

  static constexpr const char* kRepo = "/api/v3/repos/acme/web";
  void on(const std::string& path, const std::string& body, int status = 200) { api_.on(kRepo + path, body, status); }
  void hold_log(int job, const std::string& text) {
    api_.on(kRepo + ("/actions/jobs/" + std::to_string(job) + "/logs"), [this, job](const net::Request&) {
      return net::Response{.status = 302}.with("Location", storage_.url() + "/log" + std::to_string(job));
    });
    storage_.on("/log" + std::to_string(job), [text](const net::Request&) { return net::Response::text(200, text); });
  }
  static std::string run(int id, const std::string& conclusion, int attempt = 1, const std::string& sha = "") {
    return R"({"id":)" + std::to_string(id) + R"(,"workflow_id":9,"name":"CI","run_attempt":)" +
           std::to_string(attempt) + R"(,"run_number":)" + std::to_string(id) +
           R"(,"status":"completed","conclusion":")" + conclusion +
           R"(","head_branch":"main","display_title":"Fix the cart","head_sha":")" +
           (sha.empty() ? "sha" + std::to_string(id) : sha) +
           R"(","triggering_actor":{"login":"ada"},"html_url":"https://github.com/run","created_at":"2025-11-24T10:00:)" +
           (id < 10 ? "0" : "") + std::to_string(id) +
           R"(Z","updated_at":"2025-11-24T10:10:00Z","repository":{"full_name":"acme/web","default_branch":"main"}})";
  }
  static std::string job(int id, int run_id, const std::string& name, const std::string& conclusion, int attempt = 1) {
    return R"({"id":)" + std::to_string(id) + R"(,"run_id":)" + std::to_string(run_id) + R"(,"run_attempt":)" +
           std::to_string(attempt) + R"(,"name":")" + name +
           R"(","workflow_name":"CI","status":"completed","conclusion":")" + conclusion + R"(","head_sha":"sha)" +
           std::to_string(run_id) +
           R"(","head_branch":"main","html_url":"https://github.com/job","started_at":"2025-11-24T10:00:00Z",
           "completed_at":"2025-11-24T10:05:00Z","steps":[{"name":"Set up job","number":1,"conclusion":"success"},
           {"name":"Run tests","number":2,"conclusion":")" +
           conclusion + "\"}]}";
  }
  // A run with these jobs, as the API tells of it.
  void hold_run(int id, const std::string& conclusion, const std::vector<std::string>& jobs, int attempt = 1) {
    const std::string n = std::to_string(id), a = std::to_string(attempt);
    on("/actions/runs/" + n + "/attempts/" + a, run(id, conclusion, attempt));
    std::string list;
    for (const std::string& one : jobs) list += (list.empty() ? "" : ",") + one;
    const std::string answer = R"({"total_count":)" + std::to_string(jobs.size()) + R"(,"jobs":[)" + list + "]}";
    on("/actions/runs/" + n + "/attempts/" + a + "/jobs", answer);
    on("/actions/runs/" + n + "/jobs", answer);
    for (const std::string& one : jobs) {
      const auto value = parse_json(one).value();
      on("/actions/jobs/" + std::to_string(int_at(value, "id")), one);
    }
  }
  std::string deliver(const std::string& kind, const std::string& item) {
    const auto accepted = ingest_->accept_and_wait(
        context(),
        {"github", "d" + std::to_string(++deliveries_), kind,
         R"({"action":"completed",")" + kind + "\":" + item + R"(,"repository":{"full_name":"acme/web"}})", false});
    EXPECT_EQ(told(accepted), "ok");
    return accepted ? accepted->event_id : "";
  }
  // Runs every job that is due, as a worker does; what the last one told.
  store::Outcome work() {
    store::Outcome last;
    for (;;) {
      std::vector<store::Job> jobs;
      EXPECT_EQ(told(db_->write(context(),
                                [&](store::Tx& tx) -> Result<void> {
                                  TRY(jobs, store::claim(tx, "w", 1, Millis{60'000}, clock_.now_ms()));
                                  return {};
                                })),
                "ok");
      if (jobs.empty()) return last;
      const store::Job& one = jobs.front();
      last = one.kind == kRefetchLogJob ? processor_->refetch(context(), one) : processor_->process(context(), one);
      EXPECT_EQ(told(db_->write(context(),
                                [&](store::Tx& tx) -> Result<void> {
                                  if (last.ok) {
                                    if (last.commit) TRY_VOID(last.commit(tx));
                                    return store::finish(tx, one, clock_.now_ms());
                                  }
                                  TRY([[maybe_unused]] const auto state,
                                      store::fail_job(tx, one, last.error, last.retry, clock_.now_ms() + 10'000,
                                                      clock_.now_ms()));
                                  return {};
                                })),
                "ok");
    }
  }
  store::Outcome work_later(Millis by = Millis{10'000}) {
    clock_.advance(by);
    return work();
  }
  std::vector<OccurrenceRow> occurrences() {
    std::vector<OccurrenceRow> all;
    const auto failures = list_failures(*db_, {});
    EXPECT_EQ(told(failures), "ok");
    for (const FailureRow& failure : *failures) {
      for (OccurrenceRow& row : list_occurrences(*db_, failure.id, 0, "", 50).value()) all.push_back(std::move(row));
    }
    return all;
  }
  OccurrenceRow only_occurrence() {
    const auto all = occurrences();
    EXPECT_EQ(all.size(), 1U);
    return all.size() == 1 ? all.front() : OccurrenceRow{};
  }
  notify::Card card_of(std::string_view run_key) {
    std::string text;
    EXPECT_EQ(told(db_->read("SELECT card FROM notices WHERE run = $1", {run_key},
                             [&](const store::Row& row) { text = row.text(0); })),
              "ok");
    const auto value = parse_json(text);
    EXPECT_TRUE(value) << "no notice of " << run_key;
    return value ? notify::card_from_json(*value).value_or(notify::Card{}) : notify::Card{};
  }
  EventRow event(const std::string& id) {
    const auto row = load_event(*db_, id);
    EXPECT_TRUE(row && *row);
    return row && *row ? **row : EventRow{};
  }
  static std::string python_log(const std::string& before = "") {
    return before +
           "2025-11-24T10:01:00.0000000Z ##[group]Run pytest\n"
           "2025-11-24T10:01:00.0000000Z collected 3 items\n"
           "2025-11-24T10:01:01.0000000Z Traceback (most recent call last):\n"
           "2025-11-24T10:01:01.0000000Z   File \"src/shop/cart.py\", line 41, in total\n"
           "2025-11-24T10:01:01.0000000Z     return sum(item['price'] for item in items)\n"
           "2025-11-24T10:01:01.0000000Z KeyError: 'price'\n"
           "2025-11-24T10:01:02.0000000Z ##[error]Process completed with exit code 1.\n";
  }

  store::testing::TempDir dir_{true};
  guard::Redactor redactor_{std::string(32, 'r')};
  logs::RuleSet rules_;
  telemetry::Registry metrics_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<CiAnalysis> analysis_;
  std::unique_ptr<EventProcessor> processor_;
  int deliveries_ = 0;
};

TEST_F(ProcessEventTest, AFailedJobIsAnalysedSavedAndTold) {
  hold_run(7, "failure", {job(70, 7, "test", "failure"), job(71, 7, "lint", "success")});
  hold_log(70, python_log(std::string("token=") + kToken + "\n"));
  const std::string id = deliver("workflow_job", job(70, 7, "test", "failure"));
  EXPECT_TRUE(work().ok);
  const OccurrenceRow row = only_occurrence();
  EXPECT_EQ(row.log_state, "stored");
  EXPECT_EQ(row.log_lines, 8);
  EXPECT_EQ(row.step, "Run tests");
  EXPECT_EQ(row.workflow, "CI");
  EXPECT_EQ(row.run_number, 7);
  EXPECT_TRUE(contains(row.cause, "KeyError")) << row.cause;
  EXPECT_TRUE(contains(row.key_lines, "KeyError"));
  const std::string log = load_log(*db_, row.id).value();
  EXPECT_FALSE(contains(log, kToken)) << "redacted before it is stored";
  EXPECT_TRUE(contains(log, "token=<GITHUB_TOKEN:"));
  const EventRow told_of = event(id);
  EXPECT_EQ(told_of.state, "done");
  EXPECT_EQ(told_of.failure_id, row.failure_id);
  EXPECT_EQ(told_of.summary, row.cause);
  EXPECT_EQ(ingest_->load_body(id).error().code, Code::not_found) << "the payload goes with its work";
  const notify::Card card = card_of("acme/web/7");
  EXPECT_EQ(card.title, "acme/web · CI · main");
  EXPECT_EQ(card.state, notify::CardState::failing);
  EXPECT_TRUE(contains(card.footer, "1 secret redacted")) << card.footer;
  EXPECT_EQ(card.url, "http://fm.example/occurrences/" + row.id);
}

TEST_F(ProcessEventTest, ThreeKindsOfWebhookMeetInOneOccurrence) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  hold_log(70, python_log());
  deliver("workflow_job", job(70, 7, "test", "failure"));
  deliver(
      "check_run",
      R"({"id":70,"name":"test","head_sha":"sha7","conclusion":"failure","app":{"slug":"github-actions","name":"GitHub Actions"},
    "details_url":"https://github.com/acme/web/actions/runs/7/job/70"})");
  deliver("workflow_run", run(7, "failure"));
  EXPECT_TRUE(work().ok);
  const OccurrenceRow row = only_occurrence();
  EXPECT_EQ(row.analyses, 1) << "who comes later finds it known";
  EXPECT_EQ(row.workflow, "CI");
  EXPECT_EQ(api_.count(std::string(kRepo) + "/actions/jobs/70/logs"), 1U);
  EXPECT_EQ(count_failures(*db_).value().occurrences, 1);
}

TEST_F(ProcessEventTest, AFailedRunBringsAllItsFailedJobs) {
  hold_run(7, "failure",
           {job(70, 7, "test", "failure"), job(71, 7, "lint", "success"), job(72, 7, "build", "timed_out"),
            job(73, 7, "deploy", "skipped"), job(74, 7, "docs", "cancelled")});
  hold_log(70, python_log());
  hold_log(72, "The job running on runner has exceeded the maximum execution time\n");
  deliver("workflow_run", run(7, "failure"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(occurrences().size(), 2U);
  const notify::Card card = card_of("acme/web/7");
  ASSERT_EQ(card.jobs.size(), 2U) << "one message for the run";
  EXPECT_EQ(card.jobs[0].name, "test");
  EXPECT_EQ(card.jobs[1].name, "build");
}

TEST_F(ProcessEventTest, WaitsForALogThenTellsWithoutAndFetchesItLater) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  const std::string id = deliver("workflow_job", job(70, 7, "test", "failure"));
  store::Outcome first = work();
  EXPECT_FALSE(first.ok);
  EXPECT_TRUE(first.retry);
  EXPECT_TRUE(first.retry_after.has_value());
  EXPECT_TRUE(contains(first.error, "log of job 70")) << first.error;
  EXPECT_TRUE(occurrences().empty()) << "nothing is told yet";
  EXPECT_FALSE(work_later().ok);
  EXPECT_TRUE(work_later().ok) << "the third attempt does not wait any more";
  OccurrenceRow row = only_occurrence();
  EXPECT_EQ(row.log_state, "missing");
  EXPECT_NE(row.log_reason, "");
  EXPECT_TRUE(contains(card_of("acme/web/7").footer, "log not available"));
  EXPECT_EQ(event(id).state, "done");

  hold_log(70, python_log());
  EXPECT_EQ(only_occurrence().log_state, "missing");
  EXPECT_TRUE(work_later(Millis{61'000}).ok);
  row = only_occurrence();
  EXPECT_EQ(row.log_state, "stored");
  EXPECT_EQ(row.analyses, 2);
  EXPECT_TRUE(contains(row.cause, "KeyError")) << row.cause;
  EXPECT_EQ(count_failures(*db_).value().all, 1) << "the pattern without a log is gone";
  EXPECT_FALSE(contains(card_of("acme/web/7").footer, "log not available")) << "the message is brought up to date";
}

TEST_F(ProcessEventTest, AnExpiredLogIsToldAtOnceAndNeverAskedForAgain) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  on("/actions/jobs/70/logs", R"({"message":"Gone"})", 410);
  on("/actions/runs/7/attempts/1/logs", R"({"message":"Gone"})", 410);
  deliver("workflow_job", job(70, 7, "test", "failure"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(only_occurrence().log_state, "expired");
  EXPECT_EQ(only_occurrence().step, "Run tests") << "the step is known from the job";
  const auto before = api_.count(std::string(kRepo) + "/actions/jobs/70/logs");
  work_later(Millis{120'000});
  EXPECT_EQ(api_.count(std::string(kRepo) + "/actions/jobs/70/logs"), before);
}

TEST_F(ProcessEventTest, AForbiddenLogIsToldWithItsRemedy) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  on("/actions/jobs/70/logs", R"({"message":"Must have admin rights to Repository."})", 403);
  deliver("workflow_job", job(70, 7, "test", "failure"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(only_occurrence().log_state, "missing");
  EXPECT_TRUE(contains(only_occurrence().log_reason, "actions: read")) << only_occurrence().log_reason;
}

TEST_F(ProcessEventTest, WhileGitHubIsDownTheEventWaits) {
  on("/actions/runs/7/attempts/1", R"({"message":"down"})", 503);
  deliver("workflow_run", run(7, "failure"));
  const store::Outcome outcome = work();
  EXPECT_FALSE(outcome.ok);
  EXPECT_TRUE(outcome.retry);
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  hold_log(70, python_log());
  EXPECT_TRUE(work_later().ok);
  EXPECT_EQ(only_occurrence().log_state, "stored");
}

TEST_F(ProcessEventTest, ARunThatCouldNotStart) {
  hold_run(7, "startup_failure", {});
  deliver("workflow_run", run(7, "startup_failure"));
  EXPECT_TRUE(work().ok);
  const OccurrenceRow row = only_occurrence();
  EXPECT_EQ(row.category, "ci_config");
  EXPECT_EQ(row.job, "CI");
  EXPECT_EQ(row.log_state, "missing");
  EXPECT_TRUE(contains(row.cause, "could not start")) << row.cause;
  work_later(Millis{120'000});
  EXPECT_EQ(only_occurrence().analyses, 1) << "there is no log to fetch later";
}

std::string other_check(int id, const char* conclusion) {
  return R"({"id":)" + std::to_string(id) + R"(,"name":"lint","head_sha":"abc","conclusion":")" + conclusion +
         R"(","app":{"slug":"other-ci","name":"Other CI"},"check_suite":{"head_branch":"main"},"html_url":"https://ci.example/1",
         "output":{"title":"2 problems","summary":"line 4\nuse )" +
         kToken + R"("},"started_at":"2025-11-24T10:00:00Z","completed_at":"2025-11-24T10:05:00Z"})";
}

TEST_F(ProcessEventTest, ACheckOfAnotherAppIsToldByItsOwnWords) {
  deliver("check_run", other_check(500, "failure"));
  EXPECT_TRUE(work().ok);
  const OccurrenceRow row = only_occurrence();
  EXPECT_EQ(row.job, "lint");
  EXPECT_EQ(row.workflow, "Other CI");
  EXPECT_TRUE(contains(row.cause, "2 problems")) << row.cause;
  EXPECT_FALSE(contains(row.cause, kToken)) << "redacted";
  EXPECT_FALSE(contains(row.cause, "\n"));
  EXPECT_TRUE(api_.requests().empty()) << "GitHub Actions knows nothing of it";
  EXPECT_NE(row.run_id, 0);
}

TEST_F(ProcessEventTest, ACheckOfAnotherAppRecovers) {
  deliver("check_run", other_check(500, "failure"));
  work();
  clock_.advance(Millis{1'000});
  deliver("check_run", other_check(501, "success"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(only_occurrence().state, "recovered");
}

TEST_F(ProcessEventTest, ALaterSuccessRecoversJobByJob) {
  hold_run(7, "failure", {job(70, 7, "test", "failure"), job(71, 7, "build", "failure")});
  hold_log(70, python_log());
  hold_log(71, "error: no space left on device\n");
  deliver("workflow_run", run(7, "failure"));
  work();
  ASSERT_EQ(occurrences().size(), 2U);
  deliver("workflow_job", job(80, 8, "test", "success"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(count_failures(*db_).value().open, 1);
  EXPECT_EQ(card_of("acme/web/7").state, notify::CardState::failing) << "one of its jobs still fails";
  const std::string id = deliver("workflow_run", run(8, "success"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(count_failures(*db_).value().open, 0);
  const notify::Card card = card_of("acme/web/7");
  EXPECT_EQ(card.state, notify::CardState::recovered);
  EXPECT_EQ(card.recovered_by, "run #8, sha8 by ada");
  EXPECT_EQ(event(id).state, "done");
}

TEST_F(ProcessEventTest, ASuccessThatIsOlderRecoversNothing) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  hold_log(70, python_log());
  deliver("workflow_run", run(7, "failure"));
  work();
  deliver("workflow_run", run(6, "success"));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(only_occurrence().state, "failed");
}

TEST_F(ProcessEventTest, ComparesWithTheLastPassAndNamesSuspects) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  hold_log(70, python_log());
  hold_run(5, "success", {job(50, 5, "test", "success")});
  on("/actions/workflows/9/runs", R"({"total_count":1,"workflow_runs":[)" + run(5, "success") + "]}");
  hold_log(50, "2025-11-24T09:01:00.0000000Z ##[group]Run pytest\n2025-11-24T09:01:00.0000000Z collected 3 items\n");
  on("/compare/sha5...sha7",
     R"x({"status":"ahead","total_commits":1,"html_url":"c","commits":[{"sha":"sha7","html_url":"u",
    "commit":{"message":"Drop the price )x" +
         std::string(kToken) + R"x(","author":{"name":"Ada"}},"author":{"login":"ada"}}],
    "files":[{"filename":"src/shop/cart.py","status":"modified",
    "patch":"@@ -1 +1 @@\n+    return sum(item['price'] for item in items)"}]})x");
  deliver("workflow_job", job(70, 7, "test", "failure"));
  EXPECT_TRUE(work().ok);
  const OccurrenceRow row = only_occurrence();
  EXPECT_EQ(row.passing_run_id, 5);
  EXPECT_EQ(row.new_lines, "[[3,7]]") << "lines 1 and 2 were there before";
  EXPECT_TRUE(contains(row.suspects, "src/shop/cart.py")) << row.suspects;
  EXPECT_FALSE(contains(row.suspects, kToken)) << "commit messages are redacted, too";
  ASSERT_EQ(card_of("acme/web/7").suspects.size(), 1U);
}

TEST_F(ProcessEventTest, TheSameCommitPassedBefore) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  hold_log(70, python_log());
  hold_run(5, "success", {job(50, 5, "test", "success")});
  on("/actions/workflows/9/runs", R"({"total_count":1,"workflow_runs":[)" + run(5, "success", 1, "sha7") + "]}");
  hold_log(50, "all is well\n");
  deliver("workflow_job", job(70, 7, "test", "failure"));
  EXPECT_TRUE(work().ok);
  EXPECT_TRUE(contains(only_occurrence().cause, "same commit passed before")) << only_occurrence().cause;
}

TEST_F(ProcessEventTest, ASecondAttemptTellsOfItselfOnly) {
  hold_run(7, "failure", {job(70, 7, "test", "failure"), job(71, 7, "build", "failure")});
  hold_log(70, python_log());
  hold_log(71, "error: it broke\n");
  deliver("workflow_run", run(7, "failure"));
  work();
  ASSERT_EQ(card_of("acme/web/7").jobs.size(), 2U);
  hold_run(7, "failure", {job(76, 7, "test", "failure", 2)}, 2);
  hold_log(76, python_log());
  deliver("workflow_run", run(7, "failure", 2));
  EXPECT_TRUE(work().ok);
  EXPECT_EQ(occurrences().size(), 3U);
  EXPECT_TRUE(card_of("acme/web/7").jobs.empty()) << "only the newest attempt's jobs are told";
}

TEST_F(ProcessEventTest, AnEventThatWasRemovedMeanwhileIsNoFailure) {
  const std::string id = deliver("workflow_run", run(7, "failure"));
  FM_ASSERT_OK(db_->write(
      context(), [&](store::Tx& tx) { return tx.run("DELETE FROM events WHERE id = $1", {std::string_view(id)}); }));
  EXPECT_TRUE(work().ok);
  EXPECT_TRUE(occurrences().empty());
}

TEST_F(ProcessEventTest, DemoDataIsMarkedAndCanBeRemoved) {
  hold_run(7, "failure", {job(70, 7, "test", "failure")});
  hold_log(70, python_log());
  const auto accepted = ingest_->accept_and_wait(
      context(),
      {"github", "demo1", "workflow_run",
       R"({"action":"completed","workflow_run":)" + run(7, "failure") + R"(,"repository":{"full_name":"acme/web"}})",
       true});
  ASSERT_EQ(told(accepted), "ok");
  work();
  EXPECT_TRUE(only_occurrence().demo);
  EXPECT_TRUE(has_demo(*db_).value());
  FM_ASSERT_OK(remove_demo(context(), *db_));
  EXPECT_FALSE(has_demo(*db_).value());
  EXPECT_TRUE(occurrences().empty());
  EXPECT_TRUE(notify::load_notices_of_run(*db_, "acme/web/7").value().empty());
}

}  // namespace
}  // namespace fm::events
