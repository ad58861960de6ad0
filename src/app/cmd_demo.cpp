// firstmate demo: recorded failing builds through the whole real pipeline (webhook → queue → analysis → message),
// with no account and no key. What stands in for GitHub and Slack stands at the socket and at the notifier's port.
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

#include "app/app.h"
#include "app/client.h"
#include "app/commands.h"
#include "app/recorded_github.h"
#include "app/run_until_signal.h"
#include "base/ids.h"
#include "events/event_repo.h"
#include "guard/hmac.h"
#include "notify/outbox.h"
#include "notify/terminal.h"
#include "store/queue_views.h"
#include "telemetry/log.h"

namespace fm::app {
namespace {

constexpr Millis kPatience{60'000};

Result<void> send_webhook(net::HttpClient& http, const App& app, const std::string& secret, std::string_view kind,
                          const json::value& payload) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = app.url() + "/webhooks/github";
  request.body = to_json(payload);
  request.headers = {{"Content-Type", "application/json"},
                     {"X-GitHub-Event", std::string(kind)},
                     {"X-GitHub-Delivery", random_hex(16)},
                     {"X-Hub-Signature-256", guard::github_signature(secret, request.body)}};
  TRY(const net::ClientResponse response, http.send(command_context(app.clock()), request));
  if (response.status != 202)
    return fail(Code::internal, fmt::format("the webhook answered {}: {}", response.status, response.body));
  return {};
}

// Until no job waits or runs and no message waits. Asks the store: what is shown is what is durable.
Result<void> wait_until_told(App& app) {
  const Context context = command_context(app.clock(), kPatience);
  std::mutex mutex;
  std::condition_variable nothing;  // a pause that a stop could end; nobody notifies it
  for (;;) {
    TRY(const auto jobs, store::count_jobs(app.db()));
    TRY(const notify::OutboxCounts outbox, notify::load_outbox_counts(app.db()));
    if (jobs[0] + jobs[1] == 0 && outbox.waiting == 0) return {};
    TRY_VOID(context.check());
    std::unique_lock lock(mutex);
    nothing.wait_for(lock, Millis{5});
  }
}

Result<void> play(App& app, const RecordedGitHub& github, const std::string& secret) {
  net::HttpClient http = command_client(app.url());
  for (const RecordedRun& run : github.runs()) {
    if (!run.announced) continue;
    TRY_VOID(send_webhook(http, app, secret, "workflow_job", github.job_payload(run)));
    TRY_VOID(send_webhook(http, app, secret, "workflow_run", github.run_payload(run)));
    TRY_VOID(wait_until_told(app));
  }
  return {};
}

std::unique_ptr<notify::Notifier> terminal(const Shell& shell) {
  notify::TerminalOptions options;
  options.colour = shell.out_colour;
  return std::make_unique<notify::TerminalNotifier>(
      [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
      },
      options);
}

void say_goodbye(const App& app, const DemoOptions& options) {
  if (options.once) return;
  fmt::print("\nThis is demo data: recorded builds of made-up repositories; one click on the page removes it.\n");
  if (const auto link = app.setup_link(); link && !link->empty()) {
    fmt::print("  page    {}\n", *link);
  } else {
    fmt::print("  page    {}   (firstmate login-link signs you in)\n", app.public_url());
  }
  fmt::print("  stop    Ctrl-C\n");
  std::fflush(stdout);
}

}  // namespace

int cmd_demo(const Shell& shell, const DemoOptions& options) {
  auto settings = Settings::load(shell.surroundings);
  if (!settings) return report(settings.error());
  configure_log_from(*settings, shell);
  block_stop_signals();
  const SystemClock clock;
  auto recordings = load_recordings(clock.now_ms());
  if (!recordings) return report(recordings.error());
  RecordedGitHub github(*std::move(recordings), clock);
  if (const auto started = github.start(); !started) return report(started.error());

  const std::string secret = random_hex(32);
  settings->override_with("github.webhook_secret", secret, "demo");
  settings->override_with("github.api_url", github.url(), "demo");
  settings->override_with("github.token", "demo", "demo");
  settings->override_with("github.poll", "", "demo");
  settings->override_with("github.reconcile", "", "demo");
  settings->override_with("log.level", "warn", "demo");
  configure_log_from(*settings, shell);
  AppMode mode;
  mode.demo = true;
  mode.notifier = terminal(shell);
  mode.channel = "#builds";
  auto app = App::build(*std::move(settings), shell.surroundings.get_env, std::move(mode));
  if (!app) return report(app.error());
  if (const auto started = (*app)->start(); !started) return report(started.error());
  // A demo that was shown before starts afresh.
  if (const auto cleared = events::remove_demo(command_context(clock), (*app)->db()); !cleared)
    return report(cleared.error());
  fmt::print("firstmate {} demo: recorded failing builds go through the whole pipeline.\n\n", FM_VERSION);
  std::fflush(stdout);
  const auto played = play(**app, github, secret);
  if (!played) {
    (*app)->stop(kDrainTime);
    return report(played.error());
  }
  say_goodbye(**app, options);
  if (!options.once) wait_for_stop_signal();
  (*app)->stop(kDrainTime);
  github.stop();
  return kDone;
}

}  // namespace fm::app
