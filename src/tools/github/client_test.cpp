#include "tools/github/client.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "net/socket_testing.h"
#include "tools/github/probe.h"
#include "tools/github/testing.h"

namespace fm::tools::github {
namespace {

using net::Request;
using net::Response;
using GitHubClient = testing::GitHubTest;

constexpr const char* kPath = "/repos/acme/web";
constexpr const char* kTarget = "/api/v3/repos/acme/web";

std::string new_key() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(out);
  EVP_PKEY_free(key);
  return pem;
}

TEST_F(GitHubClient, SendsTokenAndVersion) {
  api_.on(kTarget, R"({"id":1})");
  const auto value = client_.get(context(), kPath, "metadata: read");
  ASSERT_TRUE(value) << value.error().full();
  EXPECT_EQ(int_at(*value, "id"), 1);
  const Request request = api_.requests().at(0);
  EXPECT_EQ(request.header("authorization"), "Bearer ghp_secret");
  EXPECT_EQ(request.header("x-github-api-version"), "2022-11-28");
  EXPECT_EQ(request.header("accept"), "application/vnd.github+json");
  EXPECT_FALSE(request.header("user-agent").empty()) << "GitHub refuses requests without one";
}

TEST_F(GitHubClient, AsksAgainOnlyForWhatChanged) {
  int version = 1;
  api_.on(kTarget, [&](const Request& request) {
    const std::string etag = "\"v" + std::to_string(version) + "\"";
    if (request.header("if-none-match") == etag) return Response{.status = 304};
    return Response::json(200, "{\"version\":" + std::to_string(version) + "}").with("ETag", etag);
  });
  for (const int expected : {1, 1, 2}) {
    version = expected;
    EXPECT_EQ(int_at(client_.get(context(), kPath, "x").value(), "version"), expected);
  }
  EXPECT_EQ(api_.requests().at(1).header("if-none-match"), "\"v1\"");
}

TEST_F(GitHubClient, ReadsAllPagesAndOnlyBelowItsOwnUrl) {
  api_.on("/api/v3/list?per_page=100", [&](const Request&) {
    // As behind a proxy: the links name another host.
    return Response::json(200, R"({"jobs":[{"id":1},{"id":2}]})")
        .with("Link", R"(<https://evil.example/api/v3/list?page=2>; rel="next", <https://x/?page=9>; rel="last")");
  });
  api_.on("/api/v3/list?page=2", R"({"jobs":[{"id":3}]})");
  const auto pages = client_.get_all(context(), "/list", "jobs", 1'000, "x");
  ASSERT_TRUE(pages) << pages.error().full();
  EXPECT_EQ(pages->items.size(), 3U);
  EXPECT_FALSE(pages->more);
  const auto two = client_.get_all(context(), "/list", "jobs", 100, "x", As::installation,
                                   [](const json::value& item) { return int_at(item, "id") == 2; });
  EXPECT_EQ(two->items.size(), 1U);
  EXPECT_TRUE(two->more);
}

TEST_F(GitHubClient, StopsAtTheAskedNumber) {
  api_.on("/api/v3/list?per_page=3", R"([1,2,3,4])");
  const auto pages = client_.get_all(context(), "/list", "", 3, "x");
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->items.size(), 3U);
  EXPECT_TRUE(pages->more);
  api_.on(kTarget, R"({"no":"list"})");
  EXPECT_EQ(client_.get_all(context(), kPath, "jobs", 3, "x").error().code, Code::invalid);
}

TEST_F(GitHubClient, TriesAgainAfter5xxButNotForever) {
  int left = 2;
  api_.on(kTarget,
          [&](const Request&) { return left-- > 0 ? Response::text(502, "bad gateway") : Response::json(200, "{}"); });
  EXPECT_TRUE(client_.get(context(), kPath, "x"));
  EXPECT_EQ(api_.requests().size(), 3U);
  left = 100;
  const auto down = client_.get(context(), kPath, "x");
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Code::unavailable);
  EXPECT_EQ(api_.requests().size(), 6U);
}

TEST_F(GitHubClient, TriesAgainAfterACutAnswer) {
  int connections = 0;
  net::testing::Peer peer([&](net::testing::Socket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send(++connections == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\""
                                   : "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"a\":1}");
  });
  net::HttpClient http(trusting({peer.origin()}));
  Options cut = options();
  cut.api_url = peer.origin();
  Client client(http, cut);
  const auto value = client.get(context(), "/x", "x");
  ASSERT_TRUE(value) << value.error().full();
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(GitHubClient, StopsWaitingWhenStopped) {
  api_.on(kTarget, "down", 500);
  Options slow = options();
  slow.retry_base = Millis{60'000};
  Client client(http_, slow);
  std::stop_source stop;
  stop.request_stop();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(client.get(context().with_stop(stop.get_token()), kPath, "x"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

struct Refusal {
  int status;
  const char* body;
  Code code;
  const char* in_remedy;
};
TEST_F(GitHubClient, ExplainsRefusals) {
  const Refusal refusals[] = {
      {401, R"({"message":"Bad credentials"})", Code::unauthorised, "github.token"},
      {403, R"({"message":"Resource not accessible by personal access token"})", Code::forbidden, "`actions: read`"},
      {403, R"({"message":"Resource protected by organization SAML enforcement."})", Code::forbidden, "single sign-on"},
      {404, R"({"message":"Not Found"})", Code::not_found, "`actions: read`"},
      {422, R"({"message":"Validation Failed"})", Code::invalid, ""},
  };
  for (const Refusal& one : refusals) {
    api_.on(kTarget, one.body, one.status);
    const auto value = client_.get(context(), kPath, "actions: read");
    ASSERT_FALSE(value);
    EXPECT_EQ(to_string(value.error().code), to_string(one.code)) << one.body;
    EXPECT_TRUE(contains(value.error().remedy, one.in_remedy)) << value.error().remedy;
    EXPECT_TRUE(contains(value.error().message, kPath)) << value.error().message;
    EXPECT_FALSE(contains(value.error().full() + value.error().remedy, "ghp_secret"));
  }
  EXPECT_EQ(api_.requests().size(), std::size(refusals)) << "none is worth a second try";
  api_.on(kTarget, "<html>");
  EXPECT_EQ(client_.get(context(), kPath, "x").error().code, Code::invalid);
}

TEST_F(GitHubClient, PrimaryLimitStopsEverythingUntilItsReset) {
  // GitHub's clock (the server's Date) is far from ours, which stands in 2025: only its own difference counts.
  const std::string reset = std::to_string(SystemClock().now_ms() / 1000 + 300);
  api_.on(kTarget, [&](const Request&) {
    return Response::json(403, R"({"message":"API rate limit exceeded"})")
        .with("X-RateLimit-Remaining", "0")
        .with("X-RateLimit-Reset", reset);
  });
  const auto limited = client_.get(context(), kPath, "x");
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().code, Code::limited);
  const Millis wait = limited.error().retry_after.value();
  EXPECT_NEAR(static_cast<double>(wait.count()), 300'000, 3'000);
  EXPECT_EQ(client_.rate_limit().remaining, 0);
  clock_.advance(wait - Millis{1'000});
  EXPECT_EQ(client_.get(context(), "/other", "x").error().retry_after, Millis{1'000});
  EXPECT_EQ(api_.requests().size(), 1U) << "nothing is sent meanwhile";
  clock_.advance(Millis{1'000});
  api_.on(kTarget, "{}");
  EXPECT_TRUE(client_.get(context(), kPath, "x"));
}

TEST_F(GitHubClient, SecondaryLimits) {
  struct Limit {
    int status;
    const char* retry_after;
    Millis expected;
  };
  for (const Limit& one : {Limit{429, "17", Millis{17'000}}, Limit{403, "5", Millis{5'000}},
                           Limit{429, "", Millis{60'000}}, Limit{403, "", Millis{60'000}}}) {
    api_.on(kTarget, [&](const Request&) {
      Response answer = Response::json(one.status, R"({"message":"You have exceeded a secondary rate limit."})");
      if (*one.retry_after != '\0') answer.headers.emplace_back("Retry-After", one.retry_after);
      return answer;
    });
    const auto limited = client_.get(context(), kPath, "x");
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().code, Code::limited);
    EXPECT_EQ(limited.error().retry_after, one.expected);
    clock_.advance(one.expected);
  }
}

TEST_F(GitHubClient, RepositoryNames) {
  for (const char* good : {"acme/web", "A-1/x.y_z"}) EXPECT_TRUE(check_repository(good)) << good;
  for (const char* bad : {"", "acme", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "a/b%2f", "a/", "/b", "a/b\n"})
    EXPECT_FALSE(check_repository(bad)) << bad;
}

class GitHubApp : public testing::GitHubTest {
 protected:
  GitHubApp() {
    Options app = options();
    app.auth = {.token = {}, .app = {.app_id = "77", .installation_id = "1001", .private_key_pem = key()}};
    app_ = std::make_unique<Client>(http_, app);
    api_.on("/api/v3/app/installations/1001/access_tokens", [this](const Request& request) {
      EXPECT_EQ(request.method, "POST");
      EXPECT_EQ(std::count(request.header("authorization").begin(), request.header("authorization").end(), '.'), 2)
          << "a JWT";
      return Response::json(201, "{\"token\":\"ghs_" + std::to_string(++issued_) + "\",\"expires_at\":\"" +
                                     to_rfc3339(clock_.now_ms() + 3'600'000) + "\"}");
    });
  }
  std::string last_token() { return std::string(api_.requests().back().header("authorization")); }

  static const std::string& key() {
    static const std::string made = new_key();
    return made;
  }
  int issued_ = 0;
  std::unique_ptr<Client> app_;
};

TEST_F(GitHubApp, KeepsItsTokenAndRenewsItInTime) {
  api_.on(kTarget, "{}");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(app_->get(context(), kPath, "x"));
  EXPECT_EQ(last_token(), "Bearer ghs_1");
  clock_.advance(Millis{54 * 60'000});
  ASSERT_TRUE(app_->get(context(), kPath, "x"));
  EXPECT_EQ(last_token(), "Bearer ghs_1");
  clock_.advance(Millis{2 * 60'000});
  ASSERT_TRUE(app_->get(context(), kPath, "x"));
  EXPECT_EQ(last_token(), "Bearer ghs_2") << "before it expires";
}

TEST_F(GitHubApp, ARevokedTokenIsRenewedOnce) {
  api_.on(kTarget, [](const Request& request) {
    return request.header("authorization") == "Bearer ghs_1" ? Response::json(401, R"({"message":"Bad credentials"})")
                                                             : Response::json(200, "{}");
  });
  EXPECT_TRUE(app_->get(context(), kPath, "x"));
  api_.on(kTarget, R"({"message":"Bad credentials"})", 401);
  EXPECT_EQ(app_->get(context(), kPath, "x").error().code, Code::unauthorised);
  EXPECT_EQ(issued_, 3);
}

TEST_F(GitHubApp, AsTheAppItselfWithAnAssertion) {
  api_.on("/api/v3/app", R"({"slug":"acme-firstmate","permissions":{"actions":"read"}})");
  ASSERT_TRUE(app_->get(context(), "/app", "x", As::app));
  EXPECT_TRUE(last_token().starts_with("Bearer ey"));
  EXPECT_EQ(issued_, 0);
}

TEST_F(GitHubApp, BadKeyAndUnknownInstallationSayWhatToDo) {
  Options broken = options();
  broken.auth = {.token = {}, .app = {.app_id = "77", .installation_id = "1001", .private_key_pem = "no key"}};
  Client client(http_, broken);
  EXPECT_EQ(client.get(context(), kPath, "x").error().code, Code::invalid);
  api_.on("/api/v3/app/installations/1001/access_tokens", R"({"message":"Not Found"})", 404);
  const auto unknown = app_->get(context(), kPath, "x");
  EXPECT_EQ(unknown.error().code, Code::not_found);
  EXPECT_TRUE(contains(unknown.error().remedy, "installation_id"));
}

TEST_F(GitHubApp, ProbeTellsPermissions) {
  api_.on("/api/v3/rate_limit", R"({"resources":{"core":{"limit":15000,"remaining":14000,"reset":1764000600}}})");
  api_.on("/api/v3/app", R"({"slug":"acme-firstmate","permissions":{"actions":"read","contents":"read"}})");
  const auto found = probe(context(), *app_);
  ASSERT_TRUE(found) << found.error().full();
  EXPECT_EQ(found->identity, "app acme-firstmate");
  EXPECT_EQ(found->permissions, (std::vector<std::string>{"actions: read", "contents: read"}));
}

TEST_F(GitHubClient, ProbeTellsWhoAndHowFarTheClocksAreApart) {
  api_.on("/api/v3/rate_limit", [](const Request&) {
    return Response::json(200, R"({"resources":{"core":{"limit":5000,"remaining":4321,"reset":1764000600}}})")
        .with("X-OAuth-Scopes", "repo, workflow")
        .with("X-GitHub-Enterprise-Version", "3.14.1");
  });
  api_.on("/api/v3/user", R"({"login":"octocat"})");
  const auto found = probe(context(), client_);
  ASSERT_TRUE(found) << found.error().full();
  EXPECT_EQ(found->identity, "octocat");
  EXPECT_EQ(found->scopes, (std::vector<std::string>{"repo", "workflow"}));
  EXPECT_EQ(found->rate.remaining, 4321);
  ASSERT_TRUE(found->clock_skew_ms);
  EXPECT_NEAR(static_cast<double>(*found->clock_skew_ms), static_cast<double>(clock_.now_ms() - SystemClock().now_ms()),
              3'000);
  EXPECT_EQ(found->server_version, "3.14.1");
}

TEST(HttpDate, OnlyImfFixdate) {
  EXPECT_EQ(parse_http_date("Mon, 24 Nov 2025 16:00:00 GMT"), 1'764'000'000'000);
  for (const char* bad : {"", "Mon, 24 Nov 2025 16:00:00 CET", "Monday, 24-Nov-25 16:00:00 GMT",
                          "Mon, 24 Foo 2025 16:00:00 GMT", "Mon, 99 Nov 2025 16:00:00 GMT"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

}  // namespace
}  // namespace fm::tools::github
