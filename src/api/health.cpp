#include "api/health.h"

#include "base/json.h"

namespace fm::api {
namespace {

json::object dependency_json(const Dependency& d) {
  return {{"name", d.name},
          {"state", d.state},
          {"detail", d.detail},
          {"remedy", d.remedy},
          {"latency_ms", d.latency_ms ? json::value(*d.latency_ms) : json::value(nullptr)}};
}

Dependency store_dependency(const store::Db::Health& health) {
  return {"store", health.writable ? "ok" : "down", health.writable ? "takes writes" : health.detail,
          health.writable ? "" : "free space on the disk of data_dir; firstmate goes on by itself",
          health.last_commit_ms};
}

}  // namespace

void install_health(net::Server& server, Gate& gate, store::Db& db, telemetry::Registry& metrics,
                    Dependencies dependencies) {
  const auto answer = [&db, dependencies](const Context&, net::Request&) {
    const Dependency store = store_dependency(db.health());
    const bool accepts = store.state == "ok";
    bool all_well = accepts;
    json::array list{dependency_json(store)};
    for (const Dependency& one : dependencies()) {
      all_well = all_well && (one.state == "ok" || one.state == "off");
      list.push_back(dependency_json(one));
    }
    return json_ok({{"status", !accepts   ? "down"
                               : all_well ? "ok"
                                          : "degraded"},
                    {"dependencies", std::move(list)}},
                   accepts ? 200 : 503);
  };
  server.on_pool("GET", "/health", answer);
  server.on_pool("GET", "/health/ready", answer);
  // On the loop itself: answers as long as the process turns.
  server.on_edge("GET", "/health/live", [](net::Request&&, net::Responder respond) {
    respond(net::Response::json(200, R"({"status":"ok","dependencies":[]})"));
  });
  server.on_pool(
      "GET", "/metrics",
      gate.guard(identity::Role::viewer,
                 [&metrics](const Context&, const net::Request&, const identity::Visitor&) -> Result<net::Response> {
                   net::Response response;
                   response.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                   response.body = metrics.render();
                   return response;
                 }));
}

}  // namespace fm::api
