#include "app/app.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <malloc.h>

#include "api/events.h"
#include "api/failures.h"
#include "api/occurrences.h"
#include "api/page.h"
#include "api/session.h"
#include "api/webhooks.h"
#include "app/embedded.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "events/missed.h"
#include "events/retention.h"
#include "events/schema.h"
#include "store/queue_views.h"
#include "store/sqlite.h"
#include "telemetry/log.h"

namespace fm::app {
namespace {

constexpr Millis kStartTimeout{60'000};

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, url.find('/', scheme + 3)));
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Rules that do not load are a fault of the build: analyses go on without them, and the log says so.
logs::RuleSet load_rules_or_none() {
  auto rules = load_rules();
  malloc_trim(0);  // what reading them took is given back
  if (rules) return *std::move(rules);
  telemetry::error("the rules do not load; causes will be vague", {{"error", rules.error().full()}});
  return {};
}

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> all;
  for (const auto part : {store::queue_migrations(), identity::account_migrations(), notify::notify_migrations(),
                          events::event_migrations()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return all;
}

}  // namespace

Result<logs::RuleSet> load_rules() {
  std::vector<logs::RuleSource> sources;
  for (const EmbeddedFile& file : embedded_rules()) {
    TRY(std::vector<logs::RuleSource> some, logs::parse_rules(file.bytes, file.name));
    std::move(some.begin(), some.end(), std::back_inserter(sources));
  }
  return logs::RuleSet::build(std::move(sources));
}

App::App(Settings settings, std::string data_dir, AppMode mode)
    : settings_(std::move(settings)),
      data_dir_(std::move(data_dir)),
      mode_(std::move(mode)),
      started_at_(clock_.now_ms()),
      vitals_(clock_) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::build(Settings settings, const identity::GetEnv& get_env, AppMode mode) {
  std::string data_dir = data_dir_of(settings, get_env);
  TRY(const InstallationKeys keys, open_data_dir(data_dir));
  auto app = std::unique_ptr<App>(new App(std::move(settings), std::move(data_dir), std::move(mode)));
  app->rules_ = std::async(std::launch::async, load_rules_or_none).share();
  TRY_VOID(app->build_store(keys));
  TRY_VOID(app->build_clients());
  TRY_VOID(app->build_domains(keys));
  app->build_workers();
  app->build_server();
  app->build_housekeeping();
  return app;
}

Result<void> App::build_store(const InstallationKeys& keys) {
  store::SqliteOptions options;
  options.path = data_dir_ + "/firstmate.db";
  options.ballast_bytes = static_cast<std::size_t>(settings_.integer("store.ballast"));
  TRY(db_, store::open_sqlite(options, clock_));
  const Context context(clock_, clock_.steady() + kStartTimeout);
  TRY_VOID(store::migrate(context, *db_, all_migrations()));
  identity::AccountOptions accounts;
  accounts.admin_key = settings_.text("admin_key");
  accounts.local_key = keys.local_key;
  accounts_ = std::make_unique<identity::Accounts>(*db_, clock_, accounts);
  return {};
}

Result<void> App::build_clients() {
  const std::string github_url = without_slash(settings_.text("github.api_url"));
  const std::string slack_url = without_slash(settings_.text("slack.api_url"));
  net::ClientOptions client;
  client.user_agent = "firstmate/" FM_VERSION;
  client.trusted_origins = {origin_of(github_url), origin_of(slack_url)};
  client.redirect_origins = settings_.list("github.download_origins");
  client.on_exchange = [this](const std::string& origin, bool ok, const std::string& detail, double ms) {
    vitals_.note(origin, ok, detail, ms);
  };
  http_ = std::make_unique<net::HttpClient>(client);

  tools::github::Options github;
  github.api_url = github_url;
  github.web_url = without_slash(settings_.text("github.web_url"));
  github.auth.token = settings_.text("github.token");
  if (!settings_.text("github.app_id").empty()) {
    github.auth.token.clear();
    github.auth.app = {settings_.text("github.app_id"), settings_.text("github.app_installation_id"),
                       settings_.text("github.app_private_key")};
  }
  github_ = std::make_unique<tools::github::Client>(*http_, github);

  if (mode_.notifier) {
    notifier_ = std::move(mode_.notifier);
  } else if (!settings_.text("slack.bot_token").empty() && !settings_.text("slack.channel").empty()) {
    slack_ = std::make_unique<notify::slack::Client>(
        *http_, notify::slack::Options{slack_url, settings_.text("slack.bot_token")});
    notifier_ = std::make_unique<notify::slack::SlackNotifier>(*slack_);
    mode_.channel = settings_.text("slack.channel");
  }
  return {};
}

Result<void> App::build_domains(const InstallationKeys& keys) {
  redactor_ = std::make_unique<guard::Redactor>(keys.redact_key);
  ingest_ = std::make_unique<events::Ingest>(*db_, clock_, *redactor_, keys.seal_key);
  analysis_ = std::make_unique<events::CiAnalysis>(
      clock_, *github_, *redactor_, [this]() -> const logs::RuleSet& { return rules_.get(); }, metrics_,
      events::AnalyseOptions{mode_.channel, [this] { return public_url(); }});
  processor_ = std::make_unique<events::EventProcessor>(*db_, clock_, *ingest_, *github_, *analysis_, *redactor_);
  return {};
}

void App::build_workers() {
  if (notifier_) {
    notify::DispatcherOptions options;
    options.on_change = [this](const std::string&, const std::string&) { publish("failures", ""); };
    if (mode_.demo) {  // a terminal has no rate limit, and each message is to be seen
      options.channel_interval = Millis{0};
      options.burst = 1000;
    }
    dispatcher_ = std::make_unique<notify::Dispatcher>(*db_, *notifier_, clock_, metrics_, options);
  }
  store::WorkerOptions options;
  options.threads = static_cast<unsigned>(settings_.integer("queue.workers"));
  options.on_change = [this](const store::Job& job, store::JobState state) {
    metrics_
        .counter("firstmate_jobs_total", "Jobs of the queue by kind and what became of a run.",
                 {{"kind", job.kind}, {"state", std::string(store::to_string(state))}})
        .add();
    if (dispatcher_) dispatcher_->wake();
    publish("events", job.event_id);
    publish("jobs", job.id);
    if (state == store::JobState::done) publish("failures", "");
  };
  if (options.threads == 0) return;
  worker_ = std::make_unique<store::Worker>(*db_, clock_, options);
  worker_->handle(std::string(events::kGitHubEventJob),
                  [this](const Context& context, const store::Job& job) { return processor_->process(context, job); });
  worker_->handle(std::string(events::kRefetchLogJob),
                  [this](const Context& context, const store::Job& job) { return processor_->refetch(context, job); });
}

void App::build_server() {
  net::ServerOptions options;
  options.listen = settings_.text("listen");
  options.threads = static_cast<unsigned>(settings_.integer("http.threads"));
  options.pool_threads = static_cast<unsigned>(settings_.integer("http.pool_threads"));
  options.max_connections = static_cast<std::size_t>(settings_.integer("http.max_connections"));
  options.body_budget_bytes = static_cast<std::size_t>(settings_.integer("http.body_budget"));
  server_ = std::make_unique<net::Server>(options, clock_);
  gate_ = std::make_unique<api::Gate>(*accounts_);
  const auto wake = [this] {
    if (worker_) worker_->wake();
  };
  const api::WebhookOptions webhooks{settings_.text("github.webhook_secret"), mode_.demo};
  api::install_webhooks(*server_, *ingest_, metrics_, webhooks, [this, wake](const events::Accepted& accepted) {
    if (accepted.queued) wake();
    publish("events", accepted.event_id);
  });
  api::install_session(*server_, *gate_, *accounts_, clock_, {public_url().starts_with("https://")});
  api::install_events(*server_, *gate_, *db_, clock_, wake);
  api::install_failures(*server_, *gate_, *db_, clock_,
                        {without_slash(settings_.text("github.web_url")), mode_.channel});
  api::install_occurrences(*server_, *gate_, *db_);
  api::StatusOptions status;
  status.version = FM_VERSION;
  status.environment = settings_.text("environment");
  status.public_url = [this] { return public_url(); };
  status.started_at = started_at_;
  status.checklist = [this] { return checklist(); };
  status.on_demo_removed = [this] {
    publish("failures", "");
    publish("events", "");
    publish("status", "");
  };
  api::install_status(*server_, *gate_, *db_, clock_, status);
  api::install_health(*server_, *gate_, *db_, metrics_, [this] { return dependencies(); });
  server_->on_stream("/api/v1/live", gate_->guard_stream(), live_);
  api::install_page(*server_, {embedded_page(), embedded_openapi()});
  server_->on_error([](int code, std::string_view detail) { return api::problem_of_status(code, detail, ""); });
  server_->on_response(api::add_security_headers);
  server_->on_request_done([this](std::string_view pattern, std::string_view method, int code, double seconds) {
    metrics_
        .histogram("http_request_duration_seconds", "Time to answer, by route.",
                   {{"route", std::string(pattern)}, {"method", std::string(method)}, {"status", std::to_string(code)}})
        .observe(seconds);
  });
  metrics_.gauge_callback("firstmate_http_connections", "Open connections.",
                          [this] { return static_cast<double>(server_->stats().connections); });
  metrics_.gauge_callback("firstmate_http_body_bytes", "Memory reserved for request bodies.",
                          [this] { return static_cast<double>(server_->stats().body_bytes_reserved); });
  metrics_.gauge_callback("firstmate_store_waiting_writes", "Writes that wait for the group commit.",
                          [this] { return static_cast<double>(db_->health().waiting_writes); });
  metrics_.gauge_callback("firstmate_store_size_bytes", "Size of the store.",
                          [this] { return static_cast<double>(db_->health().size_bytes); });
  for (const auto state : {store::JobState::queued, store::JobState::running, store::JobState::dead}) {
    metrics_.gauge_callback(fmt::format("firstmate_queue_{}", store::to_string(state)), "Jobs in that state.",
                            [this, state] {
                              const auto counts = store::count_jobs(*db_);
                              return counts ? static_cast<double>((*counts)[static_cast<std::size_t>(state)]) : -1.0;
                            });
  }
}

void App::build_housekeeping() {
  std::vector<Housekeeping::Chore> chores;
  events::RetentionOptions retention;
  retention.events = settings_.duration("retention.events");
  retention.failures = settings_.duration("retention.failures");
  retention.logs = settings_.duration("retention.logs");
  retention.logs_bytes = settings_.integer("retention.logs_size");
  retention.events_bytes = settings_.integer("retention.events_size");
  chores.push_back(
      {"retention", Millis{3'600'000}, Millis{60'000}, [this, retention](const Context& context) -> Result<void> {
         TRY(const events::Trimmed trimmed, events::trim_store(context, *db_, clock_, retention));
         if (trimmed.events + trimmed.jobs + trimmed.failures + trimmed.logs > 0) {
           telemetry::info("retention removed old data", {{"events", trimmed.events},
                                                          {"jobs", trimmed.jobs},
                                                          {"failures", trimmed.failures},
                                                          {"logs", trimmed.logs}});
         }
         return {};
       }});
  const auto taken_in = [this](std::size_t count, const std::string& what, const std::string& target) {
    if (count == 0) return;
    telemetry::info(what, {{"from", target}, {"count", static_cast<std::int64_t>(count)}});
    if (worker_) worker_->wake();
    publish("events", "");
  };
  for (const std::string& target : settings_.list("github.reconcile")) {
    chores.push_back({"missed deliveries of " + target, settings_.duration("github.reconcile_interval"), Millis{2'000},
                      [this, target, taken_in](const Context& context) -> Result<void> {
                        TRY(const std::size_t taken,
                            events::fetch_missed_deliveries(context, *db_, *github_, *ingest_, target));
                        taken_in(taken, "missed deliveries were fetched", target);
                        return {};
                      }});
  }
  for (const std::string& repository : settings_.list("github.poll")) {
    chores.push_back({"poll " + repository, settings_.duration("github.poll_interval"), Millis{1'000},
                      [this, repository, taken_in](const Context& context) -> Result<void> {
                        TRY(const std::size_t taken, events::poll_runs(context, *db_, *github_, *ingest_, repository));
                        taken_in(taken, "runs were found by polling", repository);
                        return {};
                      }});
  }
  housekeeping_ = std::make_unique<Housekeeping>(clock_, std::move(chores));
}

void App::publish(std::string_view resource, std::string_view id) {
  if (live_.streams() == 0) return;
  live_.publish("change", to_json(json::value{{"resource", resource}, {"id", text_or_null(id)}}));
}

Result<void> App::start() {
  TRY_VOID(server_->start());
  if (dispatcher_) TRY_VOID(dispatcher_->start(true));
  if (worker_) TRY_VOID(worker_->start(true));
  housekeeping_->start();
  return announce_server(data_dir_, url());
}

void App::stop(Millis deadline) {
  const Steady end = clock_.steady() + deadline;
  const auto left = [&] { return std::max(Millis{100}, std::chrono::duration_cast<Millis>(end - clock_.steady())); };
  withdraw_server(data_dir_);
  housekeeping_->stop();
  server_->stop(left() / 3);
  if (worker_) worker_->stop(left() / 2);
  if (dispatcher_) dispatcher_->stop(left());
  db_->close();
}

std::string App::url() const {
  const std::string listen = settings_.text("listen");
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host == "0.0.0.0" || host == "[::]" || host.empty()) host = "127.0.0.1";
  return fmt::format(
      "http://{}:{}", host,
      server_ && server_->port() != 0 ? std::to_string(server_->port()) : listen.substr(listen.rfind(':') + 1));
}

std::string App::public_url() const {
  const std::string configured = without_slash(settings_.text("public_url"));
  return configured.empty() ? url() : configured;
}

Result<std::string> App::setup_link() const {
  TRY(const bool required, accounts_->setup_required());
  return required ? public_url() + "/setup#token=" + accounts_->setup_token() : std::string();
}

}  // namespace fm::app
