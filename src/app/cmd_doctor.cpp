// firstmate doctor: each thing that must hold, what was found, and the remedy.
#include <cstdlib>
#include <functional>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "app/client.h"
#include "app/commands.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/text.h"
#include "store/sqlite.h"
#include "tools/github/probe.h"

namespace fm::app {
namespace {

enum class Verdict { ok, warn, fail };

struct Check {
  std::string name;
  Verdict verdict = Verdict::ok;
  std::string found, remedy;
};

std::string_view to_string(Verdict verdict) {
  return verdict == Verdict::ok ? "ok" : verdict == Verdict::warn ? "warn" : "fail";
}

Check from_error(std::string name, const Error& error, Verdict verdict = Verdict::fail) {
  return {std::move(name), verdict, error.full(), error.remedy};
}

Check check_data_dir(const std::string& dir) {
  if (auto keys = open_data_dir(dir); !keys) return from_error("data directory", keys.error());
  const std::string probe = dir + "/doctor.probe";
  if (auto written = write_file_atomically(probe, "x", 0600); !written)
    return {"data directory", Verdict::fail, written.error().full(), "make it writable, or set FIRSTMATE_DATA_DIR"};
  ::unlink(probe.c_str());
  return {"data directory", Verdict::ok, dir + " may be written", ""};
}

Check check_disk(const std::string& dir) {
  const auto space = disk_space(dir);
  if (!space) return from_error("disk", space.error());
  const std::string found =
      fmt::format("{} free of {}", human_bytes(space->free_bytes), human_bytes(space->total_bytes));
  if (space->free_bytes < 100'000'000)
    return {"disk", Verdict::fail, found, "free some space: below 100 MB firstmate soon refuses deliveries"};
  if (space->free_bytes < 1'000'000'000)
    return {"disk", Verdict::warn, found, "plan for more space, or lower retention.logs_size"};
  return {"disk", Verdict::ok, found, ""};
}

// Either our own server holds the store and says how it is, or we open it ourselves.
Check check_store(const std::string& dir, const std::optional<LocalServer>& server, const Clock& clock) {
  if (server) {
    const auto health = call_server({server->url, server->key}, "GET", "/health", "");
    if (health) return {"store", Verdict::ok, fmt::format("in use by the server at {}", server->url), ""};
  }
  store::SqliteOptions options;
  options.path = dir + "/firstmate.db";
  options.ballast_bytes = 0;
  auto db = store::open_sqlite(options, clock);
  if (!db) return from_error("store", db.error());
  (*db)->close();
  return {"store", Verdict::ok, "opens", ""};
}

Check check_port(const Settings& settings, const std::optional<LocalServer>& server, const Clock& clock) {
  const std::string listen = settings.text("listen");
  net::ServerOptions options;
  options.listen = listen;
  net::Server probe(options, clock);
  const auto started = probe.start();
  if (started) {
    probe.stop(Millis{100});
    return {"port", Verdict::ok, listen + " is free", ""};
  }
  if (server && call_server({server->url, server->key}, "GET", "/health/live", ""))
    return {"port", Verdict::ok, fmt::format("firstmate answers at {}", server->url), ""};
  return from_error("port", started.error());
}

Check check_webhook(const Settings& settings) {
  if (settings.text("github.webhook_secret").empty())
    return {"webhook secret", Verdict::warn, "none: every delivery is refused", "set FIRSTMATE_GITHUB_WEBHOOK_SECRET"};
  if (settings.text("github.webhook_secret").size() < 16)
    return {"webhook secret", Verdict::warn, "shorter than 16 characters",
            "make one with `openssl rand -hex 32`, here and at GitHub"};
  return {"webhook secret", Verdict::ok, "set", ""};
}

std::vector<Check> check_github(const Settings& settings, net::HttpClient& http, const Context& context) {
  tools::github::Options options;
  options.api_url = settings.text("github.api_url");
  options.auth.token = settings.text("github.token");
  if (!settings.text("github.app_id").empty()) {
    options.auth = {"",
                    {settings.text("github.app_id"), settings.text("github.app_installation_id"),
                     settings.text("github.app_private_key")}};
  }
  options.max_attempts = 1;
  tools::github::Client client(http, options);
  const auto found = tools::github::probe(context, client);
  if (!found) return {from_error("GitHub", found.error())};
  std::vector<Check> checks;
  if (found->identity.empty()) {
    checks.push_back({"GitHub", Verdict::warn,
                      fmt::format("{} answers in {} ms, but there is no token: logs cannot be read", options.api_url,
                                  found->latency_ms),
                      "set FIRSTMATE_GITHUB_TOKEN (Actions: read, Contents: read)"});
  } else {
    checks.push_back({"GitHub", Verdict::ok,
                      fmt::format("{} as {}, {} of {} requests left, {} ms", options.api_url, found->identity,
                                  found->rate.remaining, found->rate.limit, found->latency_ms),
                      ""});
  }
  if (found->clock_skew_ms) {
    const bool good = std::abs(*found->clock_skew_ms) < 5'000;
    checks.push_back({"clock", good ? Verdict::ok : Verdict::fail,
                      fmt::format("{} ms from GitHub's (to a second)", *found->clock_skew_ms),
                      good ? "" : "set the clock (timedatectl set-ntp true): tokens and signatures depend on it"});
  }
  return checks;
}

Check check_slack(const Settings& settings, net::HttpClient& http, const Context& context) {
  if (settings.text("slack.bot_token").empty())
    return {"Slack", Verdict::warn, "off: nobody is told", "set FIRSTMATE_SLACK_BOT_TOKEN and FIRSTMATE_SLACK_CHANNEL"};
  notify::slack::Client client(http, {settings.text("slack.api_url"), settings.text("slack.bot_token")});
  const auto identity = client.identity(context);
  if (!identity) return from_error("Slack", identity.error());
  if (settings.text("slack.channel").empty())
    return {"Slack", Verdict::warn, fmt::format("{} in {}, but no channel", identity->user, identity->team),
            "set FIRSTMATE_SLACK_CHANNEL"};
  return {"Slack", Verdict::ok,
          fmt::format("{} in {}, tells {}", identity->user, identity->team, settings.text("slack.channel")), ""};
}

std::vector<Check> run_checks(const Shell& shell) {
  std::vector<Check> checks;
  const auto settings = Settings::load(shell.surroundings);
  if (!settings) return {from_error("configuration", settings.error())};
  checks.push_back({"configuration", settings->warnings().empty() ? Verdict::ok : Verdict::warn,
                    settings->warnings().empty()
                        ? (settings->file().empty() ? "good (no settings file)" : "good: " + settings->file())
                        : settings->warnings().front(),
                    ""});
  const SystemClock clock;
  const std::string dir = data_dir_of(*settings, shell.surroundings.get_env);
  const auto server = find_local_server(dir);
  checks.push_back(check_data_dir(dir));
  if (checks.back().verdict != Verdict::fail) {
    checks.push_back(check_disk(dir));
    checks.push_back(check_store(dir, server, clock));
  }
  checks.push_back(check_port(*settings, server, clock));
  const auto rules = load_rules();
  checks.push_back(rules ? Check{"rules", Verdict::ok, plural(rules->size(), "rule"), ""}
                         : from_error("rules", rules.error()));
  checks.push_back(check_webhook(*settings));
  net::ClientOptions client;
  for (const char* name : {"github.api_url", "slack.api_url"}) {
    const std::string url = settings->text(name);
    client.trusted_origins.push_back(url.substr(0, url.find('/', url.find("://") + 3)));
  }
  net::HttpClient http(client);
  const Context context = command_context(clock, Millis{15'000});
  for (Check& check : check_github(*settings, http, context)) checks.push_back(std::move(check));
  checks.push_back(check_slack(*settings, http, context));
  return checks;
}

}  // namespace

int cmd_doctor(const Shell& shell) {
  const std::vector<Check> checks = run_checks(shell);
  bool failed = false;
  json::array rows;
  for (const Check& check : checks) {
    failed = failed || check.verdict == Verdict::fail;
    rows.push_back({{"name", check.name},
                    {"verdict", to_string(check.verdict)},
                    {"found", check.found},
                    {"remedy", check.remedy}});
    if (shell.json) continue;
    const std::string_view paint = !shell.out_colour                ? ""
                                   : check.verdict == Verdict::ok   ? "\033[32m"
                                   : check.verdict == Verdict::warn ? "\033[33m"
                                                                    : "\033[31m";
    fmt::print("{}{:5}{} {:16} {}\n", paint, to_string(check.verdict), shell.out_colour ? "\033[0m" : "", check.name,
               check.found);
    if (!check.remedy.empty()) fmt::print("{:22} → {}\n", "", check.remedy);
  }
  if (shell.json) fmt::print("{}\n", to_json(json::value{{"ok", !failed}, {"checks", std::move(rows)}}));
  return failed ? kFailed : kDone;
}

}  // namespace fm::app
