#include "tools/github/actions.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/text.h"
#include "tools/github/commits.h"
#include "tools/github/deliveries.h"
#include "tools/github/testing.h"

namespace fm::tools::github {
namespace {

using net::Request;
using net::Response;

class GitHubActions : public testing::GitHubTest {
 protected:
  static constexpr const char* kRepo = "/api/v3/repos/acme/web";
  void on(const std::string& path, std::string body, int status = 200) {
    api_.on(kRepo + path, std::move(body), status);
  }
  // GitHub sends to the store of logs, another origin.
  void redirect(const std::string& path, const std::string& to) {
    api_.on(kRepo + path,
            [this, to](const Request&) { return Response{.status = 302}.with("Location", storage_.url() + to); });
  }
  static std::string run(int id, const char* conclusion, const char* created, const char* branch = "main") {
    return "{\"id\":" + std::to_string(id) +
           ",\"workflow_id\":9,\"name\":\"CI\",\"run_attempt\":1,\"status\":\"completed\",\"conclusion\":\"" +
           conclusion + "\",\"head_branch\":\"" + branch + "\",\"head_sha\":\"sha" + std::to_string(id) +
           "\",\"created_at\":\"" + created +
           "\",\"repository\":{\"full_name\":\"acme/web\",\"default_branch\":\"main\"}}";
  }
};

TEST_F(GitHubActions, ReadsARunByAttempt) {
  on("/actions/runs/7/attempts/2",
     R"({"id":7,"run_attempt":2,"run_number":41,"name":"CI","display_title":"Fix it","event":"push","status":"completed",
    "conclusion":"timed_out","head_branch":"main","head_sha":"abc","html_url":"h","workflow_id":9,"actor":{"login":"ada"},"triggering_actor":{"login":"bob"},
    "created_at":"2026-01-02T03:04:05Z","run_started_at":null,"repository":{"full_name":"acme/web"}})");
  const auto run = fetch_run(context(), client_, "acme/web", 7, 2);
  ASSERT_TRUE(run) << run.error().full();
  EXPECT_EQ(run->attempt, 2);
  EXPECT_EQ(run->number, 41);
  EXPECT_EQ(run->conclusion, "timed_out");
  EXPECT_EQ(run->actor, "bob");
  EXPECT_EQ(to_rfc3339(run->created_at), "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(run->started_at, 0);
  on("/actions/runs/8", R"({"id":7})");
  EXPECT_EQ(fetch_run(context(), client_, "acme/web", 8).error().code, Code::invalid);
}

TEST_F(GitHubActions, ReadsJobsWithTheirSteps) {
  on("/actions/runs/7/attempts/1/jobs?per_page=100",
     R"json({"total_count":1,"jobs":[{"id":70,"run_id":7,"run_attempt":1,"name":"test (3.11)","status":"completed",
    "conclusion":"failure","head_sha":"abc","runner_name":"r","labels":["ubuntu-latest"],"started_at":"2026-01-02T03:04:05Z",
    "steps":[{"name":"Set up job","number":1,"conclusion":"success"},{"name":"Run tests","number":2,"conclusion":"failure","completed_at":"2026-01-02T03:05:05Z"}]}]})json");
  const auto jobs = fetch_jobs(context(), client_, "acme/web", 7, 1);
  ASSERT_TRUE(jobs) << jobs.error().full();
  ASSERT_EQ(jobs->size(), 1U);
  const Job& job = jobs->front();
  EXPECT_EQ(job.name, "test (3.11)");
  EXPECT_EQ(job.labels, std::vector<std::string>{"ubuntu-latest"});
  ASSERT_EQ(job.steps.size(), 2U);
  EXPECT_EQ(job.steps[1].name, "Run tests");
  EXPECT_EQ(job.steps[1].conclusion, "failure");
  EXPECT_NE(job.steps[1].completed_at, 0);
}

TEST_F(GitHubActions, TheLogComesFromTheStoreWithoutOurToken) {
  redirect("/actions/jobs/70/logs", "/blob?sig=1");
  storage_.on("/blob", [](const Request&) { return Response::text(200, "2026-01-02T03:04:05.0000000Z hello\n"); });
  const auto log = fetch_job_log(context(), client_, "acme/web", 70);
  ASSERT_TRUE(log) << log.error().full();
  EXPECT_EQ(*log, "2026-01-02T03:04:05.0000000Z hello\n");
  EXPECT_EQ(storage_.requests().at(0).header("authorization"), "");
  EXPECT_EQ(api_.requests().at(0).header("authorization"), "Bearer ghp_secret");
}

TEST_F(GitHubActions, LogsThatAreNotThereYetOrNoMore) {
  const auto missing = fetch_job_log(context(), client_, "acme/web", 70);
  EXPECT_EQ(missing.error().code, Code::unavailable);
  EXPECT_EQ(missing.error().retry_after, Millis{5'000});
  redirect("/actions/jobs/71/logs", "/gone");
  EXPECT_EQ(fetch_job_log(context(), client_, "acme/web", 71).error().code, Code::unavailable);
  on("/actions/jobs/72/logs", R"({"message":"Server Error"})", 410);
  const auto expired = fetch_job_log(context(), client_, "acme/web", 72);
  EXPECT_EQ(expired.error().code, Code::not_found);
  EXPECT_TRUE(contains(expired.error().message, "expired"));
  on("/actions/jobs/73/logs", R"({"message":"Must have admin rights to Repository."})", 403);
  const auto forbidden = fetch_job_log(context(), client_, "acme/web", 73);
  EXPECT_EQ(forbidden.error().code, Code::forbidden);
  EXPECT_TRUE(contains(forbidden.error().remedy, "actions: read"));
}

TEST_F(GitHubActions, AnExpiredLinkIsAskedForAnew) {
  int asked = 0;
  api_.on(std::string(kRepo) + "/actions/jobs/70/logs", [&](const Request&) {
    return Response{.status = 302}.with("Location", storage_.url() + "/blob" + std::to_string(++asked));
  });
  storage_.on("/blob1", "<Error>AuthenticationFailed</Error>", 403);
  storage_.on("/blob2", "log");
  EXPECT_EQ(fetch_job_log(context(), client_, "acme/web", 70).value(), "log");
}

// A stored (uncompressed) archive, as small as it gets.
std::string archive(const std::vector<std::pair<std::string, std::string>>& files) {
  const auto le = [](std::uint64_t value, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
    return out;
  };
  std::string out, directory;
  for (const auto& [name, text] : files) {
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
    const std::string common = le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(crc, 4) + le(text.size(), 4) +
                               le(text.size(), 4) + le(name.size(), 2) + le(0, 2);
    directory +=
        le(0x02014b50, 4) + le(20, 2) + common + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(out.size(), 4) + name;
    out += le(0x04034b50, 4) + common + name + text;
  }
  return out + directory + le(0x06054b50, 4) + le(0, 4) + le(files.size(), 2) + le(files.size(), 2) +
         le(directory.size(), 4) + le(out.size(), 4) + le(0, 2);
}

TEST_F(GitHubActions, TheArchiveHoldsTheLogToo) {
  const std::string zip = archive({{"0_build.txt", "build log"},
                                   {"1_test  unit (3.11).txt", "whole log"},
                                   {"test  unit (3.11)/1_Set up job.txt", "one"},
                                   {"lint/10_Post.txt", "ten\n"},
                                   {"lint/2_Run lint.txt", "two"},
                                   {"lint/1_Set up job.txt", "one\n"}});
  redirect("/actions/runs/7/attempts/1/logs", "/zip");
  storage_.on("/zip", [zip](const Request&) {
    return Response{.status = 200, .headers = {{"Content-Type", "application/zip"}}, .body = zip};
  });
  const auto get = [&](const char* job) {
    return fetch_job_log_from_archive(context(), client_, "acme/web", 7, 1, job);
  };
  EXPECT_EQ(get("test / unit (3.11)").value(), "whole log") << "'/' is left out of file names";
  EXPECT_EQ(get("lint").value(), "one\ntwo\nten\n") << "steps in their order";
  EXPECT_EQ(get("deploy").error().code, Code::not_found);
  Job job;
  job.id = 70, job.run_id = 7, job.attempt = 1, job.name = "build";
  EXPECT_EQ(fetch_log(context(), client_, "acme/web", job).value(), "build log")
      << "when the job's own log is not there";
  storage_.on("/zip", "PK no zip");
  EXPECT_EQ(get("build").error().code, Code::invalid);
  EXPECT_EQ(fetch_log(context(), client_, "acme/web", job).error().code, Code::unavailable)
      << "the first error tells more";
}

TEST_F(GitHubActions, LastPassingRunOnTheSameBranch) {
  github::Run failed = run_from_json(parse_json(run(50, "failure", "2026-01-10T00:00:00Z", "topic/x")).value());
  on("/actions/workflows/9/runs", "{\"workflow_runs\":[" + run(60, "success", "2026-01-11T00:00:00Z", "topic/x") + "," +
                                      run(49, "success", "2026-01-09T00:00:00Z", "topic/x") + "," +
                                      run(48, "success", "2026-01-08T00:00:00Z", "topic/x") + "]}");
  on("/actions/runs/49/jobs", R"({"jobs":[{"id":490,"name":"test","conclusion":"skipped"}]})");
  on("/actions/runs/48/jobs",
     R"({"jobs":[{"id":480,"name":"test","conclusion":"success"},{"id":481,"name":"lint","conclusion":"success"}]})");
  const auto passing = find_last_passing(context(), client_, failed, "test");
  ASSERT_TRUE(passing && *passing) << (passing ? "none" : passing.error().full());
  EXPECT_EQ((*passing)->run.id, 48) << "60 came later, 49 skipped the job";
  EXPECT_EQ((*passing)->job.id, 480);
  const Request query = api_.requests().at(0);
  EXPECT_EQ(query.query_value("branch"), "topic/x");
  EXPECT_EQ(query.query_value("status"), "success");
  EXPECT_EQ(query.query_value("created"), "<=2026-01-10T00:00:00Z");
}

TEST_F(GitHubActions, LastPassingRunOnTheDefaultBranch) {
  github::Run failed = run_from_json(parse_json(run(50, "failure", "2026-01-10T00:00:00Z", "topic")).value());
  failed.default_branch.clear();
  on("", R"({"default_branch":"trunk"})");
  const std::string runs = std::string(kRepo) + "/actions/workflows/9/runs";
  api_.on(runs, [](const Request& request) {
    const bool trunk = request.query_value("branch") == "trunk";
    return Response::json(
        200,
        "{\"workflow_runs\":[" + (trunk ? run(40, "success", "2026-01-01T00:00:00Z", "trunk") : std::string()) + "]}");
  });
  on("/actions/runs/40/jobs", R"({"jobs":[{"id":400,"name":"test","conclusion":"success"}]})");
  const auto passing = find_last_passing(context(), client_, failed, "test");
  ASSERT_TRUE(passing && *passing);
  EXPECT_EQ((*passing)->run.id, 40);
  const auto none = find_last_passing(context(), client_, failed, "never");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST_F(GitHubActions, RunsSince) {
  on("/actions/runs", "{\"workflow_runs\":[" + run(2, "failure", "2026-01-02T00:00:00Z") + "," +
                          run(1, "success", "2026-01-01T00:00:00Z") + "]}");
  const auto runs = fetch_runs_since(context(), client_, "acme/web", 1'767'000'000'000);
  ASSERT_TRUE(runs);
  EXPECT_EQ(runs->size(), 2U);
  EXPECT_EQ(api_.requests().at(0).query_value("created"), ">=2025-12-29T09:20:00Z");
  EXPECT_EQ(api_.requests().at(0).query_value("status"), "completed");
}

TEST_F(GitHubActions, ChecksAndOneJob) {
  on("/check-runs/5",
     R"({"id":5,"name":"lint","conclusion":"failure","app":{"slug":"github-actions"},"output":{"title":"t","summary":null}})");
  EXPECT_EQ(fetch_check_run(context(), client_, "acme/web", 5)->app, "github-actions");
  on("/actions/jobs/6", R"({"id":6,"run_id":7,"name":"x"})");
  EXPECT_EQ(fetch_job(context(), client_, "acme/web", 6)->run_id, 7);
  EXPECT_EQ(fetch_job(context(), client_, "acme/../x", 6).error().code, Code::invalid);
}

TEST_F(GitHubActions, ComparisonTellsWhichCommitTouchedWhat) {
  on("/compare/aaaa...bbbb", R"({"status":"ahead","total_commits":2,"commits":[
     {"sha":"c1","commit":{"message":"one\n\nmore","author":{"name":"Ada"},"committer":{"date":"2026-01-02T00:00:00Z"}},"author":{"login":"ada"},"html_url":"u1"},
     {"sha":"c2","commit":{"message":"two","author":{"name":"Bob"}},"author":null}],
     "files":[{"filename":"a.py","status":"modified","additions":3,"deletions":1,"patch":"@@"},{"filename":"b.py","status":"renamed","previous_filename":"old.py"}]})");
  on("/commits/c1", R"({"sha":"c1","files":[{"filename":"a.py","status":"modified"}]})");
  on("/commits/c2", R"({"sha":"c2","files":[{"filename":"b.py","status":"renamed","previous_filename":"old.py"}]})");
  const auto comparison = fetch_comparison(context(), client_, "acme/web", "aaaa", "bbbb");
  ASSERT_TRUE(comparison) << comparison.error().full();
  ASSERT_EQ(comparison->commits.size(), 2U);
  EXPECT_EQ(comparison->commits[0].message, "one\n\nmore");
  EXPECT_EQ(comparison->commits[0].author_login, "ada");
  EXPECT_EQ(comparison->commits[0].files.at(0).path, "a.py");
  EXPECT_EQ(comparison->commits[1].files.at(0).previous_path, "old.py");
  EXPECT_EQ(comparison->files.size(), 2U);
  EXPECT_FALSE(comparison->truncated);
  EXPECT_EQ(fetch_comparison(context(), client_, "acme/web", "gone", "bbbb").error().code, Code::not_found);
  EXPECT_EQ(fetch_comparison(context(), client_, "acme/web", "a..b", "bbbb").error().code, Code::invalid);
}

TEST_F(GitHubActions, LongComparisonsKeepTheNewestCommits) {
  api_.on(std::string(kRepo) + "/compare/aaaa...bbbb", [](const Request& request) {
    const int page = request.query_value("page") == "3" ? 3 : request.query_value("page") == "2" ? 2 : 1;
    std::string commits;
    for (int i = (page - 1) * 100; i < std::min(page * 100, 250); ++i)
      commits += (commits.empty() ? "" : ",") + ("{\"sha\":\"c" + std::to_string(i) + "\"}");
    return Response::json(200, "{\"status\":\"ahead\",\"total_commits\":250,\"commits\":[" + commits + "]}");
  });
  const auto comparison =
      fetch_comparison(context(), client_, "acme/web", "aaaa", "bbbb", {.max_commits = 60, .commits_with_files = 0});
  ASSERT_TRUE(comparison);
  ASSERT_EQ(comparison->commits.size(), 60U);
  EXPECT_EQ(comparison->commits.front().sha, "c190");
  EXPECT_EQ(comparison->commits.back().sha, "c249");
  EXPECT_TRUE(comparison->truncated);
}

TEST_F(GitHubActions, FailedDeliveriesAreThoseThatNoAttemptDelivered) {
  const auto delivery = [](int id, const char* guid, int status, const char* at) {
    return "{\"id\":" + std::to_string(id) + ",\"guid\":\"" + guid + "\",\"status_code\":" + std::to_string(status) +
           ",\"event\":\"workflow_run\",\"delivered_at\":\"" + at + "\"}";
  };
  api_.on(std::string(kRepo) + "/hooks/3/deliveries?per_page=100", [&](const Request&) {
    return Response::json(200, "[" + delivery(9, "a", 200, "2026-01-03T00:00:00Z") + "," +
                                   delivery(8, "b", 503, "2026-01-02T20:00:00Z") + "]")
        .with("Link",
              "<" + api_.url() + "/api/v3/repos/acme/web/hooks/3/deliveries?per_page=100&cursor=v1_2>; rel=\"next\"");
  });
  on("/hooks/3/deliveries?per_page=100&cursor=v1_2",
     "[" + delivery(7, "a", 503, "2026-01-02T10:00:00Z") + "," + delivery(6, "b", 0, "2026-01-02T09:00:00Z") + "," +
         delivery(5, "c", 500, "2026-01-02T08:00:00Z") + "," + delivery(4, "d", 500, "2025-12-01T00:00:00Z") + "]");
  const Hook hook{.repository = "acme/web", .id = 3, .url = {}};
  const auto failed = fetch_failed_deliveries(context(), client_, hook, parse_rfc3339("2026-01-01T00:00:00Z").value());
  ASSERT_TRUE(failed) << failed.error().full();
  ASSERT_EQ(failed->size(), 2U);
  EXPECT_EQ((*failed)[0].id, 8);
  EXPECT_EQ((*failed)[1].guid, "c");
  on("/hooks/3/deliveries/8",
     R"({"id":8,"guid":"b","event":"workflow_run","request":{"headers":{},"payload":{"action":"completed","n":12345678901}}})");
  const auto whole = fetch_delivery(context(), client_, hook, 8);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->payload, R"({"action":"completed","n":12345678901})");
  EXPECT_EQ(whole->delivery.guid, "b");
  on("/hooks/3/deliveries/9", R"({"id":9,"request":{"payload":null}})");
  EXPECT_EQ(fetch_delivery(context(), client_, hook, 9).error().code, Code::not_found);
  on("/hooks", R"([{"id":3,"active":true,"config":{"url":"https://fm.example/webhooks/github"}}])");
  EXPECT_EQ(fetch_hooks(context(), client_, "acme/web")->at(0).url, "https://fm.example/webhooks/github");
}

TEST_F(GitHubActions, AppDeliveriesNeedAnApp) {
  const auto failed = fetch_failed_deliveries(context(), client_, Hook{}, 0);
  EXPECT_EQ(failed.error().code, Code::invalid);
  EXPECT_TRUE(contains(failed.error().remedy, "github.app_id"));
}

}  // namespace
}  // namespace fm::tools::github
