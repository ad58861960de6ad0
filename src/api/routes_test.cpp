// The routes on a socket: what openapi.json says is what there is; the page and its assets; sessions by cookie.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "api/events.h"
#include "api/failures.h"
#include "api/health.h"
#include "api/occurrences.h"
#include "api/page.h"
#include "api/session.h"
#include "api/status.h"
#include "api/webhooks.h"
#include "base/file.h"
#include "base/text.h"
#include "events/schema.h"
#include "net/socket_testing.h"
#include "notify/outbox.h"
#include "store/queue.h"
#include "store/testing.h"

namespace fm::api {
namespace {

using net::testing::Socket;
using store::testing::context_of;
using store::testing::told;

constexpr std::string_view kIndex =
    "<html><script nonce=\"__NONCE__\" src=\"/a.js\"></script><style nonce=\"__NONCE__\"></style></html>";

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    std::vector<store::Migration> all(store::queue_migrations().begin(), store::queue_migrations().end());
    all.insert(all.end(), events::event_migrations().begin(), events::event_migrations().end());
    all.insert(all.end(), notify::notify_migrations().begin(), notify::notify_migrations().end());
    all.insert(all.end(), identity::account_migrations().begin(), identity::account_migrations().end());
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, all)), "ok");
    accounts_ = std::make_unique<identity::Accounts>(*db_, clock_, identity::AccountOptions{});
    gate_ = std::make_unique<Gate>(*accounts_);
    ingest_ = std::make_unique<events::Ingest>(*db_, clock_, redactor_, std::string(32, 's'));
    openapi_ = read_file(FM_SOURCE_DIR "/src/api/openapi.json").value_or("");
    install();
    EXPECT_EQ(told(server_.start()), "ok");
  }
  ~RoutesTest() override {
    server_.stop(Millis{1'000});
    db_->close();
  }

  void install() {
    install_webhooks(server_, *ingest_, metrics_, {}, nullptr);
    install_session(server_, *gate_, *accounts_, clock_, {});
    install_events(server_, *gate_, *db_, clock_, [] {});
    install_failures(server_, *gate_, *db_, clock_, {"https://github.com", ""});
    install_occurrences(server_, *gate_, *db_);
    StatusOptions status;
    status.version = "1";
    status.environment = "LAB";
    status.public_url = [] { return std::string(); };
    status.checklist = [] { return std::vector<ChecklistItem>{}; };
    status.on_demo_removed = [] {};
    install_status(server_, *gate_, *db_, clock_, status);
    install_health(server_, *gate_, *db_, metrics_, [] { return std::vector<Dependency>{}; });
    server_.on_stream("/api/v1/live", gate_->guard_stream(), live_);
    install_page(server_, {assets_, openapi_});
    server_.on_error(
        [](int status_code, std::string_view detail) { return problem_of_status(status_code, detail, ""); });
    server_.on_response(add_security_headers);
  }
  Socket::Answer ask(const std::string& method, const std::string& path, const std::string& headers = "",
                     const std::string& body = "") {
    Socket socket = Socket::to(server_.port());
    socket.send(method + " " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n" + headers + "\r\n" + body);
    return socket.read_answer(method == "HEAD");
  }
  static std::string nonce_of(const Socket::Answer& answer) {
    const std::string policy = answer.header("content-security-policy");
    const std::size_t at = policy.find("'nonce-");
    return at == std::string::npos ? "" : policy.substr(at + 7, policy.find('\'', at + 7) - at - 7);
  }
  // {"/api/v1/keys/{id}": {"DELETE"}} as openapi.json has it.
  std::map<std::string, std::set<std::string>> described() {
    std::map<std::string, std::set<std::string>> out;
    const auto value = parse_json(openapi_);
    EXPECT_TRUE(value);
    const json::value* paths = value ? find(*value, "paths") : nullptr;
    EXPECT_NE(paths, nullptr);
    if (paths == nullptr) return out;
    for (const auto& entry : paths->as_object()) {
      for (const auto& operation : entry.value().as_object()) {
        for (const char* method : {"get", "post", "put", "patch", "delete"}) {
          if (operation.key() != method) continue;
          std::string upper(method);
          for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
          out[std::string(entry.key())].insert(upper);
        }
      }
    }
    return out;
  }
  static std::string with_ids(std::string path) { return replace_all(std::move(path), "{id}", "x1"); }

  store::testing::TempDir dir_{true};
  SystemClock clock_;
  guard::Redactor redactor_{std::string(32, 'r')};
  telemetry::Registry metrics_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<identity::Accounts> accounts_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<events::Ingest> ingest_;
  net::EventHub live_;
  std::string openapi_;
  std::vector<Asset> assets_{{"/index.html", "text/html", "\"i\"", kIndex, "", ""},
                             {"/assets/app-1.js", "text/javascript", "\"e1\"", "raw bytes", "gzip bytes", "br bytes"},
                             {"/icon.svg", "image/svg+xml", "\"e2\"", "<svg/>", "", ""}};
  net::Server server_{{.listen = "127.0.0.1:0", .threads = 1, .pool_threads = 2}, clock_};
};

TEST_F(RoutesTest, WhatIsDescribedIsInstalled) {
  const auto paths = described();
  EXPECT_GT(paths.size(), 20U);
  for (const auto& [path, methods] : paths) {
    for (const std::string& method : methods) {
      const int status = ask(method, with_ids(path)).status;
      EXPECT_NE(status, 404) << method << " " << path;
      EXPECT_NE(status, 405) << method << " " << path;
      EXPECT_LT(status, 500) << method << " " << path;
    }
  }
}

TEST_F(RoutesTest, MethodsThatAreInstalledAreDescribed) {
  for (const auto& [path, methods] : described()) {
    const Socket::Answer answer = ask("PUT", with_ids(path));
    ASSERT_EQ(answer.status, 405) << path;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    std::set<std::string> allowed;
    const std::string allow = answer.header("allow");
    for (const std::string_view one : split(allow, ',')) {
      if (trim(one) != "HEAD" && trim(one) != "OPTIONS") allowed.emplace(trim(one));
    }
    EXPECT_EQ(allowed, methods) << path;
  }
}

// The quoted texts that follow a call: on_pool("GET", "/x" …) gives GET and /x.
std::vector<std::string> quoted_after(std::string_view text, std::size_t at, std::size_t how_many) {
  std::vector<std::string> out;
  while (out.size() < how_many) {
    const std::size_t begin = text.find('"', at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.find('"', begin + 1);
    out.emplace_back(text.substr(begin + 1, end - begin - 1));
    at = end + 1;
  }
  return out;
}

TEST_F(RoutesTest, PathsThatTheSourcesInstallAreDescribed) {
  auto paths = described();
  std::size_t routes = 0;
  for (const auto& file : std::filesystem::directory_iterator(FM_SOURCE_DIR "/src/api")) {
    if (file.path().extension() != ".cpp" || file.path().string().ends_with("_test.cpp")) continue;
    const std::string source = read_file(file.path().string()).value();
    for (const char* call : {"server.on_pool(", "server.on_edge("}) {
      for (std::size_t at = source.find(call); at != std::string::npos; at = source.find(call, at + 1)) {
        const auto words = quoted_after(source, at, 2);
        ASSERT_EQ(words.size(), 2U);
        ++routes;
        EXPECT_TRUE(paths[words[1]].contains(words[0])) << words[0] << " " << words[1] << " is installed by "
                                                        << file.path().filename() << " and not in openapi.json";
      }
    }
  }
  EXPECT_GT(routes, 20U);
}

TEST_F(RoutesTest, ApiRoutesWantASessionOrAKey) {
  const std::set<std::string> open = {"/api/v1/setup", "/api/v1/session", "/api/v1/openapi.json", "/health",
                                      "/health/live",  "/health/ready",   "/webhooks/github"};
  for (const auto& [path, methods] : described()) {
    if (open.contains(path)) continue;
    for (const std::string& method : methods) {
      const Socket::Answer answer = ask(method, with_ids(path));
      EXPECT_EQ(answer.status, 401) << method << " " << path;
      EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    }
  }
}

TEST_F(RoutesTest, SignedInTheListsAnswer) {
  const auto session = accounts_->set_up(context_of(clock_), accounts_->setup_token(), "Ada").value();
  const std::string cookie = "Cookie: " + std::string(kSessionCookie) + "=" + session.token + "\r\n";
  for (const char* list : {"/api/v1/failures", "/api/v1/events", "/api/v1/jobs", "/api/v1/keys"}) {
    const Socket::Answer answer = ask("GET", list, cookie);
    EXPECT_EQ(answer.status, 200) << list;
    const auto body = parse_json(answer.body);
    ASSERT_TRUE(body) << list;
    EXPECT_TRUE(array_at(*body, "items").empty()) << list;
    EXPECT_NE(find(*body, "next_cursor"), nullptr) << list;
    EXPECT_EQ(ask("GET", std::string(list) + "?limit=0", cookie).status, 400) << list;
    EXPECT_EQ(ask("GET", std::string(list) + "?limit=201", cookie).status, 400) << list;
  }
  for (const char* one : {"/api/v1/failures/x", "/api/v1/events/x", "/api/v1/jobs/x", "/api/v1/occurrences/x",
                          "/api/v1/occurrences/x/log", "/api/v1/failures/x/occurrences"})
    EXPECT_EQ(ask("GET", one, cookie).status, 404) << one;
  EXPECT_EQ(ask("GET", "/api/v1/failures?cursor=nonsense", cookie).status, 400);
}

TEST_F(RoutesTest, SetUpAndSignOutByCookie) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string body = R"({"token":")" + accounts_->setup_token() + R"(","name":"Ada"})";
  EXPECT_EQ(ask("POST", "/api/v1/setup", "Content-Type: text/plain\r\n", body).status, 400)
      << "no form of another site";
  EXPECT_EQ(ask("POST", "/api/v1/setup", json, R"({"token":"x","name":"Ada"})").status, 401);
  EXPECT_EQ(ask("POST", "/api/v1/setup", json, R"(["token"])").status, 400);
  const Socket::Answer done = ask("POST", "/api/v1/setup", json, body);
  ASSERT_EQ(done.status, 201) << done.body;
  const std::string set = done.header("set-cookie");
  for (const char* part : {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="})
    EXPECT_TRUE(contains(set, part)) << set;
  const std::string cookie = "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
  const auto me = parse_json(ask("GET", "/api/v1/session", cookie).body).value();
  EXPECT_EQ(text_at(me, "user", "name"), "Ada");
  EXPECT_FALSE(bool_at(me, "setup_required"));
  EXPECT_EQ(ask("DELETE", "/api/v1/session", cookie).status, 403) << "without the CSRF token";
  const std::string csrf = std::string(kCsrfHeader) + ": " + text_at(me, "csrf_token") + "\r\n";
  EXPECT_EQ(ask("DELETE", "/api/v1/session", cookie + csrf).status, 204);
  EXPECT_EQ(text_at(parse_json(ask("GET", "/api/v1/session", cookie).body).value(), "user", "name"), "");
  EXPECT_EQ(ask("GET", "/api/v1/failures", cookie).status, 401);
}

TEST_F(RoutesTest, ThePageHasAFreshNonceEachTime) {
  const Socket::Answer one = ask("GET", "/"), two = ask("GET", "/");
  EXPECT_EQ(one.status, 200);
  const std::string first = nonce_of(one), second = nonce_of(two);
  EXPECT_GE(first.size(), 20U);
  EXPECT_NE(first, second);
  EXPECT_FALSE(contains(one.body, "__NONCE__"));
  EXPECT_TRUE(contains(one.body, "nonce=\"" + first + "\""));
  EXPECT_EQ(one.header("cache-control"), "no-store");
  EXPECT_TRUE(contains(one.header("content-security-policy"), "frame-ancestors 'none'"));
  EXPECT_FALSE(contains(one.header("content-security-policy"), "unsafe"));
}

TEST_F(RoutesTest, UnknownPathsAreThePageButNeverBelowTheApi) {
  for (const char* path : {"/failures/fail_1?occurrence=occ_1", "/setup", "/index.html", "/a/b/c", "/apix"}) {
    const Socket::Answer answer = ask("GET", path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_TRUE(contains(answer.body, "<html>")) << path;
  }
  for (const char* path : {"/api/v1/nothing", "/api/", "/api/v2/failures", "/webhooks/other", "/assets/none.js",
                           "/assets/../index.html"}) {
    const Socket::Answer answer = ask("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json") << path;
    EXPECT_TRUE(parse_json(answer.body)) << path;
  }
  EXPECT_EQ(ask("POST", "/failures").status, 404);
  EXPECT_EQ(ask("HEAD", "/").status, 200);
}

TEST_F(RoutesTest, AssetsAreImmutableAndKnownByTheirTag) {
  const Socket::Answer answer = ask("GET", "/assets/app-1.js");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "raw bytes");
  EXPECT_EQ(answer.header("etag"), "\"e1\"");
  EXPECT_EQ(answer.header("content-type"), "text/javascript");
  EXPECT_TRUE(contains(answer.header("cache-control"), "immutable"));
  EXPECT_EQ(ask("GET", "/icon.svg").header("cache-control"), "no-cache");
  const Socket::Answer same = ask("GET", "/assets/app-1.js", "If-None-Match: \"e1\"\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("etag"), "\"e1\"");
  EXPECT_EQ(ask("GET", "/assets/app-1.js", "If-None-Match: \"e0\"\r\n").status, 200);
  EXPECT_EQ(ask("GET", "/assets/app-1.js", "If-None-Match: \"e0\", W/\"e1\"\r\n").status, 304)
      << "a list, compared weakly (RFC 9110, 13.1.2)";
}

TEST_F(RoutesTest, AssetsAreCompressedAsTheClientLikes) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"br", "br"},
      {"gzip, br", "br"},
      {"gzip", "gzip"},
      {"GZIP;q=0.5", "gzip"},
      {"deflate", ""},
      {"br;q=0, gzip", "gzip"},
      {"br;q=0", ""},
      {"gzip; q=0", ""},
      {"identity", ""},
      {"bromine", ""},
      {"br;q=0.0, gzip", "gzip"},
      {"gzip;q=0.000", ""},
      {"br;q=1.0", "br"},
  };
  for (const auto& [accepts, coding] : table) {
    const Socket::Answer answer = ask("GET", "/assets/app-1.js", std::string("Accept-Encoding: ") + accepts + "\r\n");
    EXPECT_EQ(answer.header("content-encoding"), coding) << accepts;
    EXPECT_EQ(answer.header("vary"), "Accept-Encoding");
    EXPECT_EQ(answer.body, *coding == '\0' ? "raw bytes" : std::string(coding) + " bytes") << accepts;
  }
  EXPECT_EQ(ask("GET", "/icon.svg", "Accept-Encoding: br\r\n").header("content-encoding"), "")
      << "where it would not be smaller";
}

TEST_F(RoutesTest, EveryAnswerCarriesTheSecurityHeaders) {
  for (const char* path :
       {"/", "/assets/app-1.js", "/api/v1/failures", "/api/v1/openapi.json", "/health", "/api/nothing"}) {
    const Socket::Answer answer = ask("GET", path);
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(answer.header("x-frame-options"), "DENY") << path;
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer") << path;
    EXPECT_NE(answer.header("content-security-policy"), "") << path;
  }
  Socket socket = Socket::to(server_.port());
  socket.send("nonsense\r\n\r\n");
  const Socket::Answer refused = socket.read_answer();
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.header("x-content-type-options"), "nosniff");
}

TEST_F(RoutesTest, HealthSaysHowItIs) {
  const Socket::Answer answer = ask("GET", "/health");
  EXPECT_EQ(answer.status, 200);
  const auto body = parse_json(answer.body).value();
  EXPECT_EQ(text_at(body, "status"), "ok");
  EXPECT_FALSE(array_at(body, "dependencies").empty());
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
  EXPECT_EQ(ask("GET", "/health/ready").status, 200);
}

}  // namespace
}  // namespace fm::api
