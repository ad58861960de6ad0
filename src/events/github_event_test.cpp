#include "events/github_event.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace fm::events {
namespace {

constexpr const char* kRepository = R"("repository":{"full_name":"acme/web","default_branch":"trunk"})";

std::string with_repository(const std::string& members) { return "{" + members + "," + kRepository + "}"; }

GitHubEvent decoded(std::string_view kind, const std::string& body) {
  auto event = decode_github_event(kind, body);
  EXPECT_TRUE(event) << kind << ": " << event.error().full() << "\n" << body;
  return event ? *std::move(event) : GitHubEvent{};
}

TEST(GitHubEventDecode, AWorkflowRun) {
  const GitHubEvent event = decoded("workflow_run", with_repository(R"("action":"completed","workflow":{"name":"Build"},
    "workflow_run":{"id":4711,"name":"run name","run_number":41,"run_attempt":2,"head_branch":"main","head_sha":"abc123",
    "conclusion":"failure","html_url":"https://github.com/acme/web/actions/runs/4711","display_title":"Fix the cart",
    "head_commit":{"message":"other"},"actor":{"login":"ada"},"triggering_actor":{"login":"bob"},
    "created_at":"2026-01-02T03:04:00Z","run_started_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z"},
    "sender":{"login":"carol"})"));
  EXPECT_EQ(event.kind, "workflow_run");
  EXPECT_EQ(event.action, "completed");
  EXPECT_EQ(event.repository, "acme/web");
  EXPECT_EQ(event.default_branch, "trunk");
  EXPECT_EQ(event.workflow, "Build") << "the workflow's name wins over the run's";
  EXPECT_EQ(event.run_id, 4711);
  EXPECT_EQ(event.run_number, 41);
  EXPECT_EQ(event.run_attempt, 2);
  EXPECT_EQ(event.branch, "main");
  EXPECT_EQ(event.sha, "abc123");
  EXPECT_EQ(event.title, "Fix the cart");
  EXPECT_EQ(event.actor, "bob");
  EXPECT_EQ(to_rfc3339(event.started_at), "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(to_rfc3339(event.completed_at), "2026-01-02T03:05:05.000Z");
  EXPECT_EQ(relevance_of(event), Relevance::failure);
  EXPECT_EQ(summary_of(event), "workflow_run Build on main: failure");
}

TEST(GitHubEventDecode, ARunFallsBackOnWhatItHas) {
  const GitHubEvent event = decoded("workflow_run", with_repository(R"("action":"completed","workflow":null,
    "workflow_run":{"id":1,"name":"CI","head_commit":{"message":"first line\nsecond"},"actor":{"login":"ada"},
    "triggering_actor":null,"display_title":null,"created_at":"2026-01-02T03:04:00Z","conclusion":"success"})"));
  EXPECT_EQ(event.workflow, "CI");
  EXPECT_EQ(event.title, "first line");
  EXPECT_EQ(event.actor, "ada");
  EXPECT_EQ(event.run_attempt, 1);
  EXPECT_EQ(to_rfc3339(event.started_at), "2026-01-02T03:04:00.000Z");
  EXPECT_EQ(event.completed_at, 0);
  EXPECT_EQ(relevance_of(event), Relevance::success);
}

TEST(GitHubEventDecode, AWorkflowJob) {
  const GitHubEvent event = decoded("workflow_job", with_repository(R"x("action":"completed",
    "workflow_job":{"id":815,"run_id":4711,"run_attempt":3,"name":"test (3.11)","workflow_name":"CI","head_branch":"main",
    "head_sha":"abc","conclusion":"timed_out","html_url":"u","started_at":"2026-01-02T03:04:05Z","completed_at":null},
    "sender":{"login":"ada"})x"));
  EXPECT_EQ(event.job_id, 815);
  EXPECT_EQ(event.run_id, 4711);
  EXPECT_EQ(event.run_attempt, 3);
  EXPECT_EQ(event.job, "test (3.11)");
  EXPECT_EQ(event.workflow, "CI");
  EXPECT_EQ(event.actor, "ada");
  EXPECT_EQ(event.completed_at, 0);
  EXPECT_EQ(relevance_of(event), Relevance::failure);
  EXPECT_EQ(summary_of(event), "workflow_job test (3.11) on main: timed_out");
}

TEST(GitHubEventDecode, ACheckRun) {
  const auto check = [](const std::string& details, const std::string& output) {
    return decoded("check_run",
                   with_repository(R"("action":"completed","check_run":{"id":99,"name":"lint","head_sha":"abc",
      "conclusion":"failure","html_url":null,"details_url":")" +
                                   details + R"(","app":{"slug":"other-ci","name":"Other CI"},
      "check_suite":{"head_branch":"dev"},"output":)" +
                                   output + R"(,"started_at":"2026-01-02T03:04:05Z"})"));
  };
  const GitHubEvent event =
      check("https://github.com/acme/web/actions/runs/4711/job/99", R"({"title":"t","summary":"s"})");
  EXPECT_EQ(event.job_id, 99);
  EXPECT_EQ(event.run_id, 4711) << "told by details_url";
  EXPECT_EQ(event.app, "other-ci");
  EXPECT_EQ(event.workflow, "Other CI");
  EXPECT_EQ(event.branch, "dev");
  EXPECT_EQ(event.output, "t\ns");
  EXPECT_EQ(event.url, "https://github.com/acme/web/actions/runs/4711/job/99")
      << "details_url where html_url is missing";
  EXPECT_EQ(check("https://ci.example/build/1", "null").run_id, 0);
  EXPECT_EQ(check("https://ci.example/build/1", "null").output, "");
  EXPECT_EQ(check("https://x/actions/runs/815", R"({"title":null,"summary":null})").run_id, 815);
  EXPECT_EQ(check("https://x/actions/runs/", "{}").run_id, 0);
  EXPECT_LE(check("u", R"({"title":")" + std::string(9000, 'x') + R"("})").output.size(), 4000U);
}

TEST(GitHubEventDecode, APush) {
  const GitHubEvent event = decoded("push", with_repository(R"("ref":"refs/heads/feature/x","after":"abc","compare":"c",
    "head_commit":{"message":"one\ntwo"},"pusher":{"name":"ada"},"sender":{"login":"bob"})"));
  EXPECT_EQ(event.branch, "feature/x");
  EXPECT_EQ(event.title, "one");
  EXPECT_EQ(event.actor, "ada");
  EXPECT_EQ(summary_of(event), "push to feature/x: one");
  EXPECT_EQ(relevance_of(event), Relevance::none);
  const GitHubEvent tag = decoded("push", with_repository(R"("ref":"refs/tags/v1","after":"abc","head_commit":null)"));
  EXPECT_EQ(tag.branch, "");
  EXPECT_EQ(summary_of(tag), "push to refs/tags/v1");
}

struct OtherKind {
  const char* kind;
  const char* members;
  const char* title;
  const char* branch;
  const char* summary;
};

TEST(GitHubEventDecode, OtherKindsAreNamedByWhatTheyCarry) {
  const OtherKind table[] = {
      {"pull_request", R"("action":"opened","pull_request":{"title":"Add a cart","head":{"ref":"cart","sha":"abc"}})",
       "Add a cart", "cart", "pull_request Add a cart on cart: opened"},
      {"issues", R"("action":"closed","issue":{"title":"It broke"})", "It broke", "", "issues It broke: closed"},
      {"release", R"("action":"published","release":{"name":"v1"})", "v1", "", "release v1: published"},
      {"deployment", R"("deployment":{"ref":"main","sha":"abc"})", "", "", "deployment: received"},
      {"check_suite", R"("action":"completed","check_suite":{"head_branch":"main","head_sha":"abc"})", "", "main",
       "check_suite on main: completed"},
      {"star", R"("action":"created")", "", "", "star: created"},
      {"a kind that nobody knows", R"("action":7)", "", "", "a kind that nobody knows: received"},
  };
  for (const OtherKind& one : table) {
    const GitHubEvent event = decoded(one.kind, with_repository(one.members));
    EXPECT_EQ(event.title, one.title) << one.kind;
    EXPECT_EQ(event.branch, one.branch) << one.kind;
    EXPECT_EQ(summary_of(event), one.summary);
    EXPECT_EQ(relevance_of(event), Relevance::none);
  }
}

TEST(GitHubEventDecode, OrganisationWideKindsHaveNoRepository) {
  EXPECT_EQ(decoded("organization", R"({"action":"member_added","sender":{"login":"ada"}})").repository, "");
  EXPECT_EQ(decoded("ping", R"({"zen":"z","hook_id":1})").action, "");
}

TEST(GitHubEventDecode, RelevanceByActionAndConclusion) {
  struct Case {
    const char *kind, *action, *conclusion;
    Relevance expected;
  };
  const Case table[] = {
      {"workflow_run", "completed", "failure", Relevance::failure},
      {"workflow_run", "completed", "startup_failure", Relevance::failure},
      {"workflow_job", "completed", "timed_out", Relevance::failure},
      {"check_run", "completed", "failure", Relevance::failure},
      {"workflow_job", "completed", "success", Relevance::success},
      {"workflow_run", "requested", "failure", Relevance::none},
      {"workflow_run", "in_progress", "", Relevance::none},
      {"workflow_job", "completed", "cancelled", Relevance::none},
      {"workflow_job", "completed", "skipped", Relevance::none},
      {"check_run", "completed", "neutral", Relevance::none},
      {"check_run", "completed", "FAILURE", Relevance::none},
      {"check_suite", "completed", "failure", Relevance::none},
      {"push", "completed", "failure", Relevance::none},
  };
  for (const Case& one : table) {
    GitHubEvent event;
    event.kind = one.kind;
    event.action = one.action;
    event.conclusion = one.conclusion;
    EXPECT_EQ(relevance_of(event), one.expected) << one.kind << " " << one.action << " " << one.conclusion;
  }
}

TEST(GitHubEventDecode, RefusesWhatTheKindMustHave) {
  struct Case {
    const char *kind, *body, *named;
  };
  const Case table[] = {
      {"workflow_run", "", "not JSON"},
      {"workflow_run", "{", "not JSON"},
      {"push", "{\"ref\":\"\xff\xfe\"}", "not JSON"},
      {"push", "[]", "no object"},
      {"push", "null", "no object"},
      {"push", "\"text\"", "no object"},
      {"workflow_run", R"({"action":"completed","repository":{"full_name":"a/b"}})", "workflow_run"},
      {"workflow_run", R"({"workflow_run":[],"repository":{"full_name":"a/b"}})", "workflow_run"},
      {"workflow_run", R"({"workflow_run":null,"repository":{"full_name":"a/b"}})", "workflow_run"},
      {"workflow_run", R"({"workflow_run":{"id":1}})", "repository.full_name"},
      {"workflow_run", R"({"workflow_run":{"id":1},"repository":"a/b"})", "repository.full_name"},
      {"workflow_run", R"({"workflow_run":{"id":1},"repository":{"full_name":7}})", "repository.full_name"},
      {"workflow_job", R"({"workflow_job":{"id":"1"},"repository":{"full_name":"a/b"}})", "workflow_job.id"},
      {"check_run", R"({"check_run":{"id":1.5},"repository":{"full_name":"a/b"}})", "check_run.id"},
      {"check_run", R"({"check_run":{"id":99999999999999999999},"repository":{"full_name":"a/b"}})", "check_run"},
  };
  for (const Case& one : table) {
    const auto event = decode_github_event(one.kind, one.body);
    ASSERT_FALSE(event) << one.kind << " " << one.body;
    EXPECT_EQ(event.error().code, Code::invalid) << one.body;
    EXPECT_TRUE(contains(event.error().message, one.named) || contains(event.error().message, "JSON"))
        << event.error().message << "\n"
        << one.body;
    EXPECT_FALSE(event.error().remedy.empty());
  }
}

TEST(GitHubEventDecode, MembersOfAWrongTypeAreAsGoodAsMissing) {
  const GitHubEvent event = decoded("workflow_run", with_repository(R"("action":{},"workflow":"CI","sender":[],
    "workflow_run":{"id":1,"run_number":"41","run_attempt":-3,"head_branch":7,"head_sha":{},"conclusion":null,"html_url":[],
    "display_title":{},"actor":"ada","triggering_actor":[],"run_started_at":"yesterday","updated_at":12})"));
  EXPECT_EQ(event.action, "");
  EXPECT_EQ(event.run_number, 0);
  EXPECT_EQ(event.run_attempt, 1);
  EXPECT_EQ(event.branch, "");
  EXPECT_EQ(event.actor, "");
  EXPECT_EQ(event.started_at, 0);
  EXPECT_EQ(event.completed_at, 0);
  EXPECT_EQ(summary_of(event), "workflow_run: received");
}

TEST(GitHubEventDecode, AnAttemptNumberStaysOneWhateverIsSent) {
  for (const char* attempt : {"0", "-1", "4294967296", "4294967295", "9223372036854775807", "\"2\"", "null"}) {
    const GitHubEvent event = decoded(
        "workflow_run", with_repository(std::string(R"("workflow_run":{"id":1,"run_attempt":)") + attempt + "}"));
    EXPECT_GE(event.run_attempt, 1) << attempt;
  }
}

TEST(GitHubEventDecode, LongTextsAreCutAtACharacter) {
  std::string title;
  for (int i = 0; i < 1000; ++i) title += "ä";
  const GitHubEvent event =
      decoded("workflow_run", with_repository(R"("workflow_run":{"id":1,"display_title":")" + title + R"("})"));
  EXPECT_LE(event.title.size(), 300U);
  EXPECT_TRUE(event.title.ends_with("…"));
  EXPECT_EQ(clean_utf8(event.title), event.title);
  const GitHubEvent long_branch = decoded(
      "workflow_run", with_repository(R"("workflow_run":{"id":1,"head_branch":")" + std::string(5000, 'b') + R"("})"));
  EXPECT_LE(summary_of(long_branch).size(), 400U);
  const GitHubEvent long_push =
      decoded("push", with_repository(R"("ref":"refs/heads/)" + std::string(5000, 'b') + "\""));
  EXPECT_LE(summary_of(long_push).size(), 400U);
}

TEST(GitHubEventDecode, DeepAndHugeBodies) {
  EXPECT_EQ(decode_github_event("push", std::string(100'000, '[')).error().code, Code::invalid);
  std::string deep = "{\"x\":";
  for (int i = 0; i < 5000; ++i) deep += "{\"x\":";
  EXPECT_EQ(decode_github_event("push", deep).error().code, Code::invalid);
  // Above the size for which parsers are kept, and with spare bytes or without.
  std::string big = R"({"ref":"refs/heads/main","pad":")" + std::string(3 << 20, 'x') + "\"," + kRepository + "}";
  EXPECT_EQ(decoded("push", big).branch, "main");
  big.reserve(big.size() + 64);
  EXPECT_EQ(decoded("push", big).branch, "main");
  big.shrink_to_fit();
  EXPECT_EQ(decoded("push", big).repository, "acme/web");
}

TEST(GitHubEventDecode, ManyThreadsAtOnce) {
  const std::string small = with_repository(R"("ref":"refs/heads/main")");
  const std::string big = "{\"pad\":\"" + std::string(1 << 21, 'x') + "\"," + small.substr(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5; ++n) {
        EXPECT_EQ(decode_github_event("push", small).value().branch, "main");
        EXPECT_EQ(decode_github_event("push", big).value().branch, "main");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace fm::events
