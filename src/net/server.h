// The HTTP/1.1 edge: one io_context per core with SO_REUSEPORT, nothing shared on the request path.
//
// Three kinds of route:
//   on_edge    runs on the connection's own event loop; must not block. It answers through the Responder, now or
//              later, from any thread (the webhook: verify, hand to the writer, answer when the commit is durable).
//   on_pool    runs on the bounded pool, blocks as it likes, returns the Response. A full pool answers 503.
//   on_stream  server-sent events: the handler decides (on the pool) whether to accept; the connection then holds
//              no thread. Events come through EventHub.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "net/http.h"

namespace fm::net {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  // address:port; port 0 picks a free one; IPv6 as [::1]:8080
  unsigned threads = 2;                   // event loops
  unsigned pool_threads = 16;             // for on_pool
  std::size_t pool_queue = 256;           // requests that may wait for the pool; beyond: 503
  std::size_t max_connections = 4096;     // beyond: 503 and close
  std::size_t max_header_bytes = 32 * 1024;
  std::size_t default_body_limit_bytes = 1024 * 1024;
  // Request bodies in memory over all connections, reserved from Content-Length before the body is read (chunked
  // bodies reserve as they grow). Beyond: 503 with Retry-After. Small bodies (<= 64 KiB) are always taken.
  std::size_t body_budget_bytes = 96 * 1024 * 1024;
  Millis header_timeout{10'000};             // from the first byte of a request to the end of its head
  Millis body_timeout{60'000};               // for the whole body
  std::size_t min_body_rate_bytes_s = 4096;  // a slower sender is cut off (408) …
  // … after this time. Bodies over 1 MiB: 3 s at most, and at twice the rate that body_timeout asks for.
  Millis body_rate_grace{10'000};
  Millis idle_timeout{60'000};     // keep-alive without a request
  Millis write_timeout{30'000};    // a client that does not read
  Millis request_timeout{30'000};  // Context deadline of on_pool handlers
  Millis stream_heartbeat{15'000};
};

// Answers one request exactly once. Movable, callable from any thread; dropping it unanswered answers 500.
// Outlives connection and server safely: then it does nothing.
class Responder {
 public:
  struct Impl;
  explicit Responder(std::shared_ptr<Impl> impl);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();
  void operator()(Response response);

 private:
  std::shared_ptr<Impl> impl_;
};

using EdgeHandler = std::function<void(Request&&, Responder)>;
using PoolHandler = std::function<Response(const Context&, Request&)>;
// Returns a Response to refuse, nothing to accept the stream.
using StreamHandler = std::function<std::optional<Response>(const Context&, Request&)>;

// Fans server-sent events out to every open stream of one route. Thread-safe. A reader that falls more than 256 KiB
// behind is disconnected (EventSource reconnects by itself). A comment line goes out as a heartbeat when nothing was
// sent for ServerOptions::stream_heartbeat. Destroying the hub closes its streams.
class EventHub {
 public:
  EventHub();
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;
  // data must hold no newline.
  void publish(std::string_view event, std::string_view data);
  std::size_t streams() const;

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

struct RouteOptions {
  std::size_t body_limit_bytes = 0;  // 0: the server's default; beyond: 413
};

// What the server tells of each finished request: route pattern (never the raw path; "unmatched" when none), method
// ("OTHER" for one that is not in RFC 9110 or PATCH), status, seconds since its head was read.
using RequestObserver =
    std::function<void(std::string_view pattern, std::string_view method, int status, double seconds)>;

class Server {
 public:
  // context_clock must outlive the server.
  Server(ServerOptions options, const Clock& clock);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before start(). Patterns: "/api/v1/events/{id}"; "/assets/*" matches any rest. A literal segment wins over
  // {name}, {name} over *. Unknown path: not_found handler (pool); known path, other method: 405 with Allow.
  void on_edge(std::string method, std::string pattern, EdgeHandler handler, RouteOptions options = {});
  void on_pool(std::string method, std::string pattern, PoolHandler handler, RouteOptions options = {});
  void on_stream(std::string pattern, StreamHandler handler, EventHub& hub);
  void on_not_found(PoolHandler handler);
  // Builds the body of errors that the server itself answers (404, 405, 408, 413, 431, 503…). Any thread; not to block.
  void on_error(std::function<Response(int status, std::string_view detail)> maker);
  // On the event loop, when the response has been handed to the kernel (a stream: when it opens).
  void on_request_done(RequestObserver observer);
  // Runs over each response before it is written (security headers), on the event loop: it must not block. Of the
  // request it sees method, target, path, query, remote and trace_id; headers and body have gone to the handler.
  // A request that could not be read has what was read of it.
  void on_response(std::function<void(const Request&, Response&)> filter);

  // Probes the port without SO_REUSEPORT first, so that a second instance cannot silently share it.
  // Errors: conflict (in use; the remedy says how to choose another), invalid (bad address or route pattern),
  // forbidden (port < 1024).
  Result<void> start();
  // The bound port, after start().
  std::uint16_t port() const;
  // Stops accepting, lets requests in flight finish until the deadline, closes streams, joins the threads.
  void stop(Millis deadline);

  struct Stats {
    std::size_t connections = 0;
    std::size_t body_bytes_reserved = 0;
    std::size_t pool_waiting = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused_busy = 0;  // 503 by a limit of the server
  };
  Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fm::net
