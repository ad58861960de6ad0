#include "net/server.h"

#include <algorithm>
#include <chrono>

#include "net/listen.h"
#include "net/loop.h"
#include "net/server_core.h"

namespace fm::net {

struct Server::Impl {
  Impl(ServerOptions options, const Clock& clock) : core(std::make_shared<Core>(std::move(options), clock)) {}

  std::shared_ptr<Core> core;
  std::vector<std::shared_ptr<Loop>> loops;
  Result<void> routes_ok;
  std::uint16_t port = 0;
  bool running = false;

  void add(Route route, RouteOptions options) {
    route.body_limit_bytes = options.body_limit_bytes;
    auto added = core->router.add(route.method, route.pattern, core->routes.size());
    if (!added && routes_ok) routes_ok = std::move(added);
    core->routes.push_back(std::move(route));
  }
};

Server::Server(ServerOptions options, const Clock& clock) : impl_(std::make_unique<Impl>(std::move(options), clock)) {}
Server::~Server() { stop(Millis{0}); }

void Server::on_edge(std::string method, std::string pattern, EdgeHandler handler, RouteOptions options) {
  Route route;
  route.kind = Route::Kind::edge;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.edge = std::move(handler);
  impl_->add(std::move(route), options);
}

void Server::on_pool(std::string method, std::string pattern, PoolHandler handler, RouteOptions options) {
  Route route;
  route.kind = Route::Kind::pool;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.pool = std::move(handler);
  impl_->add(std::move(route), options);
}

void Server::on_stream(std::string pattern, StreamHandler handler, EventHub& hub) {
  Route route;
  route.kind = Route::Kind::stream;
  route.method = "GET";
  route.pattern = std::move(pattern);
  route.stream = std::move(handler);
  route.hub = hub.impl();
  impl_->add(std::move(route), {});
}

void Server::on_not_found(PoolHandler handler) { impl_->core->not_found.pool = std::move(handler); }
void Server::on_error(std::function<Response(int, std::string_view)> maker) {
  impl_->core->make_error = std::move(maker);
}
void Server::on_request_done(RequestObserver observer) { impl_->core->observer = std::move(observer); }
void Server::on_response(std::function<void(const Request&, Response&)> filter) {
  impl_->core->filter = std::move(filter);
}

Result<void> Server::start() {
  const ServerOptions& options = impl_->core->options;
  if (!impl_->routes_ok) return impl_->routes_ok;
  TRY(const ListenAddress address, parse_listen(options.listen));
  TRY(const Listeners listeners, open_listeners(address, std::max(options.threads, 1U)));
  impl_->port = listeners.port;
  impl_->core->pool = std::make_unique<Pool>("http", std::max(options.pool_threads, 1U), options.pool_queue);
  for (const int fd : listeners.sockets) {
    impl_->loops.push_back(std::make_shared<Loop>(impl_->core, fd, address.address.ss_family));
  }
  impl_->running = true;
  for (unsigned i = 0; i < impl_->loops.size(); ++i) impl_->loops[i]->run_thread(i);
  return {};
}

std::uint16_t Server::port() const { return impl_->port; }

void Server::stop(Millis deadline) {
  if (!std::exchange(impl_->running, false)) return;
  const Steady until = std::chrono::steady_clock::now() + deadline;
  for (const auto& loop : impl_->loops) loop->drain();
  Core& core = *impl_->core;
  {
    std::unique_lock lock(core.drained_mutex);
    core.drained.wait_until(lock, until, [&] { return core.connections.load() == 0; });
  }
  core.stop.request_stop();
  for (const auto& loop : impl_->loops) loop->abort();
  for (const auto& loop : impl_->loops) loop->join();
  core.pool->stop();
  // A responder that someone still holds keeps the core; the handlers and what they refer to go now.
  core.routes.clear();
  core.not_found.pool = nullptr;
  core.make_error = nullptr;
  core.observer = nullptr;
  core.filter = nullptr;
}

Server::Stats Server::stats() const {
  const Core& core = *impl_->core;
  Stats stats;
  stats.connections = core.connections.load();
  stats.body_bytes_reserved = core.budget->used();
  stats.pool_waiting = core.pool ? core.pool->waiting() : 0;
  for (const auto& loop : impl_->loops) stats.requests += loop->requests();
  stats.refused_busy = core.refused_busy.load();
  return stats;
}

}  // namespace fm::net
