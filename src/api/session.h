// Signing in and out, the set-up link, API keys.
#pragma once

#include <string>

#include "api/gate.h"

namespace fm::api {

struct SessionOptions {
  bool secure_cookie = false;  // the public URL is https
};

void install_session(net::Server& server, Gate& gate, identity::Accounts& accounts, const Clock& clock,
                     SessionOptions options);

}  // namespace fm::api
