// firstmate login-link: a one-time link for the administrator, from the machine that the server runs on.
#include <fmt/format.h>

#include "app/client.h"
#include "app/commands.h"

namespace fm::app {

int cmd_login_link(const Shell& shell) {
  const auto settings = Settings::load(shell.surroundings);
  if (!settings) return report(settings.error());
  const auto server = find_server(shell, *settings, "");
  if (!server) return report(server.error());
  const auto answer = call_server(*server, "POST", "/api/v1/session/links", "");
  if (!answer) return report(answer.error());
  const std::string base = settings->text("public_url").empty() ? server->url : settings->text("public_url");
  const std::string link = base + text_at(*answer, "path");
  if (shell.json) {
    fmt::print("{}\n", to_json(json::value{{"link", link}}));
  } else {
    fmt::print("{}\n", link);
  }
  return kDone;
}

}  // namespace fm::app
