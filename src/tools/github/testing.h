// For tests only: a peer that answers by path as GitHub does, and a client of it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/server.h"
#include "tools/github/client.h"

namespace fm::tools::github::testing {

// Serves what `on` was told by "path?query" or "path"; anything else is 404. Keeps every request.
class FakeApi {
 public:
  using Answer = std::function<net::Response(const net::Request&)>;
  FakeApi() : server_({.listen = "127.0.0.1:0", .threads = 1, .pool_threads = 4}, clock_) {
    const auto serve = [this](const Context&, net::Request& request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      auto found = answers_.find(request.target);
      if (found == answers_.end()) found = answers_.find(request.path);
      return found == answers_.end() ? net::Response::json(404, R"({"message":"Not Found"})") : found->second(request);
    };
    server_.on_not_found(serve);
    const auto started = server_.start();
    if (!started) ADD_FAILURE() << started.error().full();
  }
  ~FakeApi() { server_.stop(Millis{1'000}); }

  void on(const std::string& target, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[target] = std::move(answer);
  }
  void on(const std::string& target, std::string body, int status = 200) {
    on(target, [body, status](const net::Request&) { return net::Response::json(status, body); });
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<net::Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  size_t count(std::string_view target) {
    size_t n = 0;
    for (const auto& request : requests()) n += request.target == target || request.path == target ? 1 : 0;
    return n;
  }

 private:
  std::mutex mutex_;  // guards the two below
  std::map<std::string, Answer> answers_;
  std::vector<net::Request> requests_;
  SystemClock clock_;
  net::Server server_;
};

class GitHubTest : public ::testing::Test {
 protected:
  GitHubTest() : http_(trusting({api_.url(), storage_.url()})), client_(http_, options()) {}

  static net::ClientOptions trusting(std::vector<std::string> origins) {
    net::ClientOptions out;
    out.trusted_origins = origins;
    out.redirect_origins = std::move(origins);
    return out;
  }
  Options options() const {
    Options out;
    out.api_url = api_.url() + "/api/v3/";
    out.auth.token = "ghp_secret";
    out.retry_base = Millis{1};
    return out;
  }
  // Time stands still unless told; deadlines of real calls are by the real clock in HttpClient.
  Context context() const { return Context(clock_, clock_.steady() + Millis{20'000}); }

  FakeApi api_, storage_;
  FakeClock clock_;
  net::HttpClient http_;
  Client client_;
};

}  // namespace fm::tools::github::testing
