// The data directory: store, keys, and where a running server is found by the commands.
#pragma once

#include <optional>
#include <string>

#include "app/settings.h"
#include "base/result.h"

namespace fm::app {

// What the directory holds besides the store. Files are made on first use with mode 0600.
struct InstallationKeys {
  std::string seal_key;    // 32 bytes: encrypts stored payloads
  std::string redact_key;  // 32 bytes: makes pseudonyms
  std::string local_key;   // an API key with the administrator's rights for commands on this machine
};

std::string default_data_dir(const identity::GetEnv& get_env);
std::string data_dir_of(const Settings& settings, const identity::GetEnv& get_env);

// Makes the directory (0700) if needed. Errors: forbidden, unavailable; the remedy names data_dir.
Result<InstallationKeys> open_data_dir(const std::string& dir);

// "server.json": how commands reach the server that runs on this directory.
struct LocalServer {
  std::string url;
  std::string key;
};
Result<void> announce_server(const std::string& dir, const std::string& url);
void withdraw_server(const std::string& dir);
std::optional<LocalServer> find_local_server(const std::string& dir);

}  // namespace fm::app
