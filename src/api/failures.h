// Failures, their occurrences, and the stored logs with marks.
#pragma once

#include <string>

#include "api/gate.h"
#include "store/db.h"

namespace fm::api {

struct FailureOptions {
  std::string web_url;  // of the source, for commit links
  std::string channel;  // empty: nobody is told
};

void install_failures(net::Server& server, Gate& gate, store::Db& db, const Clock& clock, FailureOptions options);

}  // namespace fm::api
