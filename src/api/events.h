// Deliveries and the jobs that work on them.
#pragma once

#include <functional>

#include "api/gate.h"
#include "store/db.h"

namespace fm::api {

// wake: called after a requeue was committed.
void install_events(net::Server& server, Gate& gate, store::Db& db, const Clock& clock, std::function<void()> wake);

}  // namespace fm::api
