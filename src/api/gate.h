// In front of every API route: who asks, may they, and is it really them (CSRF).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "api/problem.h"
#include "base/json.h"
#include "identity/accounts.h"
#include "net/server.h"

namespace fm::api {

inline constexpr std::string_view kSessionCookie = "firstmate_session";
inline constexpr std::string_view kCsrfHeader = "X-Firstmate-Csrf";

// A handler that knows its visitor; its error becomes a problem.
using Handler = std::function<Result<net::Response>(const Context&, const net::Request&, const identity::Visitor&)>;

// Thread-safe after the routes are added.
class Gate {
 public:
  explicit Gate(identity::Accounts& accounts) : accounts_(accounts) {}

  // Wraps a handler for net::Server::on_pool. Writes (not GET or HEAD) that come with a session cookie need the CSRF
  // header. Idempotency-Key: the same visitor, route and key give the first successful answer again (while this process
  // lives, the last 1,000).
  net::PoolHandler guard(identity::Role least, Handler handler);
  // For streams: nothing when the visitor may read.
  net::StreamHandler guard_stream();

  // Bearer key, x-api-key or session cookie. Errors: unauthorised; forbidden for a write without its CSRF token.
  Result<identity::Visitor> who(const net::Request& request) const;

 private:
  std::optional<net::Response> remembered(const std::string& key);
  void remember(const std::string& key, const net::Response& response);

  identity::Accounts& accounts_;
  std::mutex mutex_;
  std::map<std::string, net::Response> answers_;  // guarded by mutex_
  std::deque<std::string> answer_order_;          // guarded by mutex_
};

// Parsing of what lists share. Errors: invalid, naming the parameter.
Result<std::size_t> limit_of(const net::Request& request, std::size_t fallback = 50, std::size_t most = 200);
std::string query_of(const net::Request& request, std::string_view name);
// An opaque cursor of two parts, and back.
std::string make_cursor(std::int64_t number, std::string_view id);
Result<std::pair<std::int64_t, std::string>> parse_cursor(const net::Request& request);

net::Response json_ok(const json::value& body, int status = 200);

}  // namespace fm::api
