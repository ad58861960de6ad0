// Outbound HTTP: libcurl (connection reuse, HTTP/2, proxies, CA handling) behind one blocking, cancellable call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "net/http.h"

namespace fm::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // absolute
  std::vector<Header> headers;
  std::string body;
  Millis timeout{30'000};  // whole exchange; the context's deadline is obeyed too
  Millis connect_timeout{5'000};
  std::size_t max_body_bytes = 64 * 1024 * 1024;  // beyond: Code::too_large
  // Redirects followed; Authorization and Cookie are dropped when the origin changes. Each hop passes the SSRF guard.
  int max_redirects = 0;
  // When set, the body goes here in pieces instead of into ClientResponse::body; false stops the transfer.
  std::function<bool(std::string_view piece)> on_body;
};

struct ClientResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  std::string final_url;
  std::string_view header(std::string_view name) const;  // case-insensitive; the last of several
  // Retry-After as a duration from now (seconds or an HTTP date), if sent.
  std::optional<Millis> retry_after(const Clock& clock) const;
};

struct ClientOptions {
  std::string user_agent = "firstmate";
  // Origins ("http://127.0.0.1:9090", "https://github.example.com") that an administrator configured: exempt from
  // the SSRF guard. Everything else must resolve to public addresses only (no loopback, private, link-local, CGNAT,
  // unique-local, multicast, IPv4-mapped forms of those), checked on the address that is connected to.
  std::vector<std::string> trusted_origins;
  // Origins that a redirect may lead to although they are neither the same nor public (tests, private log stores).
  std::vector<std::string> redirect_origins;
  std::size_t max_connections_per_host = 16;
  // Told after each exchange (redirects included): how the origin did. On the caller's thread; may be empty.
  std::function<void(const std::string& origin, bool ok, const std::string& detail, double ms)> on_exchange;
};

// Thread-safe; each thread reuses its own connections. Any HTTP status is a value, not an error.
// Errors: timeout, cancelled (noticed at once, through the context's stop token), unavailable (name, connection, TLS,
// cut mid-body), too_large, forbidden (SSRF guard; the remedy names the setting), invalid (bad URL).
class HttpClient {
 public:
  explicit HttpClient(ClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<ClientResponse> send(const Context& context, const ClientRequest& request);

 private:
  Result<ClientResponse> send_following(const Context& context, const ClientRequest& request);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fm::net
