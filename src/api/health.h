// /health: is it alive, may it take work, how are those it leans on. And /metrics.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/gate.h"
#include "store/db.h"
#include "telemetry/metrics.h"

namespace fm::api {

struct Dependency {
  std::string name;
  std::string state;  // ok, degraded, down, off
  std::string detail;
  std::string remedy;
  std::optional<double> latency_ms;
};

// Of the last use, never by asking now: a health check must not wait for GitHub.
using Dependencies = std::function<std::vector<Dependency>()>;

void install_health(net::Server& server, Gate& gate, store::Db& db, telemetry::Registry& metrics,
                    Dependencies dependencies);

}  // namespace fm::api
