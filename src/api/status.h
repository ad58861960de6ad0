// The instance at a glance, the first-five-minutes checklist, and the removal of demo data.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/gate.h"
#include "store/db.h"

namespace fm::api {

struct ChecklistItem {
  std::string id, state, detail, remedy;  // state: ok, missing, failing
};

struct StatusOptions {
  std::string version, environment;
  std::function<std::string()> public_url;  // asked late: the port may not be known yet
  UnixMs started_at = 0;
  std::function<std::vector<ChecklistItem>()> checklist;
  std::function<void()> on_demo_removed;
};

void install_status(net::Server& server, Gate& gate, store::Db& db, const Clock& clock, StatusOptions options);

}  // namespace fm::api
