// The composition root: the only place that names implementations. Members stand in construction order; shutdown is
// the reverse, under a deadline.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>

#include "api/gate.h"
#include "api/health.h"
#include "api/status.h"
#include "app/data_dir.h"
#include "app/housekeeping.h"
#include "app/settings.h"
#include "app/vitals.h"
#include "events/analyse_ci.h"
#include "events/ingest.h"
#include "events/process_event.h"
#include "identity/accounts.h"
#include "net/client.h"
#include "net/server.h"
#include "notify/dispatcher.h"
#include "notify/slack/client.h"
#include "store/queue.h"

namespace fm::app {

// What differs between `serve` and `demo`.
struct AppMode {
  bool demo = false;
  std::unique_ptr<notify::Notifier> notifier;  // instead of Slack
  std::string channel;                         // of that notifier
};

class App {
 public:
  // Opens the store, builds everything, starts nothing. Errors name the remedy.
  static Result<std::unique_ptr<App>> build(Settings settings, const identity::GetEnv& get_env, AppMode mode);
  ~App();

  Result<void> start();
  // No new work in; what runs ends or goes back to the queue; what waits stays stored.
  void stop(Millis deadline);

  std::string url() const;                 // where the page is reached from this machine
  std::string public_url() const;          // what links begin with
  Result<std::string> setup_link() const;  // empty when set up already
  const Settings& settings() const { return settings_; }
  const std::string& data_dir() const { return data_dir_; }
  store::Db& db() { return *db_; }
  identity::Accounts& accounts() { return *accounts_; }
  const Clock& clock() const { return clock_; }

 private:
  App(Settings settings, std::string data_dir, AppMode mode);
  Result<void> build_store(const InstallationKeys& keys);
  Result<void> build_clients();
  Result<void> build_domains(const InstallationKeys& keys);
  void build_workers();
  void build_server();
  void build_housekeeping();
  void publish(std::string_view resource, std::string_view id);
  std::vector<api::Dependency> dependencies() const;
  std::vector<api::ChecklistItem> checklist() const;

  Settings settings_;
  std::string data_dir_;
  AppMode mode_;
  SystemClock clock_;
  UnixMs started_at_ = 0;
  telemetry::Registry metrics_;
  Vitals vitals_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<identity::Accounts> accounts_;
  std::unique_ptr<guard::Redactor> redactor_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<tools::github::Client> github_;
  std::unique_ptr<notify::slack::Client> slack_;
  std::unique_ptr<notify::Notifier> notifier_;  // none: nobody is told
  std::shared_future<logs::RuleSet> rules_;     // loaded beside the rest of the start
  std::unique_ptr<events::Ingest> ingest_;
  std::unique_ptr<events::CiAnalysis> analysis_;
  std::unique_ptr<events::EventProcessor> processor_;
  net::EventHub live_;
  std::unique_ptr<notify::Dispatcher> dispatcher_;
  std::unique_ptr<store::Worker> worker_;
  std::unique_ptr<api::Gate> gate_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<Housekeeping> housekeeping_;
};

// The embedded rules; a fault in them is ours. Used by `logs triage`, too.
Result<logs::RuleSet> load_rules();

}  // namespace fm::app
