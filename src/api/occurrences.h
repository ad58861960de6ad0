// One failed job of one run, and its log by pages of lines.
#pragma once

#include "api/gate.h"
#include "store/db.h"

namespace fm::api {

void install_occurrences(net::Server& server, Gate& gate, store::Db& db);

}  // namespace fm::api
