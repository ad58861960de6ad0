// GitHub's REST API over HTTP: authorisation, retries, rate limits, paging and an ETag cache. What the answers mean is
// in actions.h, commits.h and deliveries.h.
//
//   github::Client github(http, {.token = secret});
//   TRY(auto run, github::fetch_run(context, github, "acme/web", 4711));
//
// API: https://docs.github.com/rest (version 2022-11-28); GitHub Enterprise Server takes api_url ".../api/v3".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/json.h"
#include "base/result.h"
#include "net/client.h"
#include "tools/github/auth.h"

namespace fm::tools::github {

struct Options {
  std::string api_url = "https://api.github.com";
  std::string web_url = "https://github.com";
  Auth auth;
  Millis request_timeout{20'000};  // one attempt
  Millis retry_base{250};          // full jitter in [0, base * 2^attempt], within the context's deadline
  int max_attempts = 3;            // for 5xx, time-outs and cut connections; the job queue retries beyond that
  std::size_t cache_entries = 512;
  std::size_t cache_bytes = 8 * 1024 * 1024;
  std::size_t max_log_bytes = 256 * 1024 * 1024;  // a job's log, or a run's log archive unpacked
};

// As whom: an App has a face of its own (JWT) for /app/..., its installation's token for everything else.
enum class As { installation, app };

// What the API allows this identity, from the last answer seen.
struct RateLimit {
  std::int64_t limit = -1;  // -1: not known yet
  std::int64_t remaining = -1;
  UnixMs reset_at = 0;
};

// Thread-safe. The HttpClient must outlive it and trust the origin of api_url.
//
// Errors of every call below:
//   limited       primary or secondary rate limit; retry_after is set. While it lasts nothing is sent at all.
//   unauthorised  401: the token is wrong or expired      forbidden  403: a permission is missing; the remedy names it
//   not_found     404: absent, or not visible to us       invalid    the path, or an answer that is no JSON
//   unavailable, timeout, cancelled, too_large            as HttpClient, after max_attempts
class Client {
 public:
  Client(net::HttpClient& http, Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // path: below api_url with its query, "/repos/acme/web/actions/runs/1". needs: the permission that a 403 or 404
  // explains, "actions: read". Answers come from the cache when GitHub says 304 (which costs no rate limit).
  Result<json::value> get(const Context& context, std::string_view path, std::string_view needs,
                          As as = As::installation);

  // All pages by the Link header, at most max_items; list_key: where the array is ("jobs"), empty when the answer is
  // the array. items is cut to max_items, and before the first one that `enough` is true for; more says that
  // something was left out.
  struct Pages {
    json::array items;
    bool more = false;
  };
  Result<Pages> get_all(const Context& context, std::string_view path, std::string_view list_key, std::size_t max_items,
                        std::string_view needs, As as = As::installation,
                        const std::function<bool(const json::value& item)>& enough = nullptr);

  // Raw bytes behind a redirect to another origin (logs), which never sees the Authorization header. 404 and 410 are
  // left to the caller, as a status.
  Result<net::ClientResponse> download(const Context& context, std::string_view path, std::string_view needs);

  // One answer with its headers (2xx), past the cache.
  Result<net::ClientResponse> fetch(const Context& context, std::string_view path, std::string_view needs,
                                    As as = As::installation);

  RateLimit rate_limit() const;
  const Options& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "acme/web" as GitHub allows names; anything else never reaches a URL. Error: invalid.
Result<void> check_repository(std::string_view repository);

}  // namespace fm::tools::github
