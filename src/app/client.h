// How commands talk to a server: FIRSTMATE_URL and FIRSTMATE_API_KEY, else the one that runs on the data directory.
#pragma once

#include <string>

#include "app/commands.h"
#include "base/json.h"
#include "net/client.h"

namespace fm::app {

struct ServerAddress {
  std::string url;
  std::string key;
};
// Errors: not_found, with how to start or name a server.
Result<ServerAddress> find_server(const Shell& shell, const Settings& settings, const std::string& url_flag);

// One call of the API. Errors: what the server's problem says; unavailable when it does not answer.
Result<json::value> call_server(const ServerAddress& server, const std::string& method, const std::string& path,
                                const std::string& body);

// A client for commands: trusts exactly this server's origin.
net::HttpClient command_client(const std::string& url);
Context command_context(const Clock& clock, Millis timeout = Millis{60'000});

}  // namespace fm::app
