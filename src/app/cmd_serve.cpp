// firstmate serve: runs until SIGINT or SIGTERM, then drains.
#include <fmt/format.h>

#include "app/app.h"
#include "app/commands.h"
#include "app/run_until_signal.h"
#include "telemetry/log.h"

namespace fm::app {
namespace {

void greet(const App& app) {
  fmt::print("firstmate {} · {} · data in {}\n", FM_VERSION, app.settings().text("environment"), app.data_dir());
  fmt::print("  page      {}\n", app.public_url());
  if (const auto link = app.setup_link(); link && !link->empty())
    fmt::print("  set up    {}   (works once and makes you the administrator)\n", *link);
  if (app.settings().text("github.webhook_secret").empty()) {
    fmt::print("  webhooks  refused until FIRSTMATE_GITHUB_WEBHOOK_SECRET is set\n");
    telemetry::warn("webhooks are refused: no secret is configured",
                    {{"remedy", std::string("set FIRSTMATE_GITHUB_WEBHOOK_SECRET")}});
  } else {
    fmt::print("  webhooks  {}/webhooks/github\n", app.public_url());
  }
  if (app.settings().text("slack.bot_token").empty())
    fmt::print("  slack     off until FIRSTMATE_SLACK_BOT_TOKEN and FIRSTMATE_SLACK_CHANNEL are set\n");
  std::fflush(stdout);
}

}  // namespace

int cmd_serve(const Shell& shell) {
  auto settings = Settings::load(shell.surroundings);
  if (!settings) return report(settings.error());
  configure_log_from(*settings, shell);
  for (const std::string& warning : settings->warnings()) telemetry::warn(warning);
  block_stop_signals();
  auto app = App::build(*std::move(settings), shell.surroundings.get_env, {});
  if (!app) return report(app.error());
  if (const auto started = (*app)->start(); !started) return report(started.error());
  greet(**app);
  wait_for_stop_signal();
  (*app)->stop(kDrainTime);
  return kDone;
}

}  // namespace fm::app
