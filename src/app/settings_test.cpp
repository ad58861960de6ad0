#include "app/settings.h"

#include <set>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "store/testing.h"

namespace fm::app {
namespace {

using store::testing::told;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() { file(""); }
  // What stands in firstmate.yaml.
  void file(const std::string& yaml) {
    EXPECT_EQ(told(write_file_atomically(dir_.path() + "/firstmate.yaml", yaml)), "ok");
  }
  Result<Settings> load() {
    Surroundings around;
    around.get_env = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = env_.find(name);
      return found == env_.end() ? std::nullopt : std::optional(found->second);
    };
    for (const auto& [name, value] : env_) around.env_names.push_back(name);
    around.flags = flags_;
    around.config_path = dir_.path() + "/firstmate.yaml";
    return Settings::load(around);
  }
  Settings loaded() {
    auto settings = load();
    EXPECT_EQ(told(settings), "ok");
    return settings ? *settings : Settings{};
  }
  // The faults' text; "ok" when there are none.
  std::string faults() {
    const auto settings = load();
    return settings ? "ok" : settings.error().message;
  }

  store::testing::TempDir dir_{true};
  std::map<std::string, std::string> env_, flags_;
};

// Names that people put into files, scripts and charts: a change here is a change for them.
TEST(SettingNames, GoldenList) {
  const std::vector<std::string> names = {
      "listen FIRSTMATE_LISTEN --listen",
      "public_url FIRSTMATE_PUBLIC_URL --public-url",
      "environment FIRSTMATE_ENVIRONMENT --environment",
      "data_dir FIRSTMATE_DATA_DIR --data-dir",
      "admin_key FIRSTMATE_ADMIN_KEY ",
      "log.level FIRSTMATE_LOG_LEVEL --log-level",
      "log.format FIRSTMATE_LOG_FORMAT --log-format",
      "http.threads FIRSTMATE_HTTP_THREADS --http-threads",
      "http.pool_threads FIRSTMATE_HTTP_POOL_THREADS --http-pool-threads",
      "http.max_connections FIRSTMATE_HTTP_MAX_CONNECTIONS --http-max-connections",
      "http.body_budget FIRSTMATE_HTTP_BODY_BUDGET --http-body-budget",
      "store.url FIRSTMATE_STORE_URL --store-url",
      "store.ballast FIRSTMATE_STORE_BALLAST --store-ballast",
      "secrets.dir FIRSTMATE_SECRETS_DIR --secrets-dir",
      "queue.workers FIRSTMATE_QUEUE_WORKERS --queue-workers",
      "github.webhook_secret FIRSTMATE_GITHUB_WEBHOOK_SECRET ",
      "github.api_url FIRSTMATE_GITHUB_API_URL --github-api-url",
      "github.web_url FIRSTMATE_GITHUB_WEB_URL --github-web-url",
      "github.token FIRSTMATE_GITHUB_TOKEN ",
      "github.app_id FIRSTMATE_GITHUB_APP_ID --github-app-id",
      "github.app_installation_id FIRSTMATE_GITHUB_APP_INSTALLATION_ID --github-app-installation-id",
      "github.app_private_key FIRSTMATE_GITHUB_APP_PRIVATE_KEY ",
      "github.download_origins FIRSTMATE_GITHUB_DOWNLOAD_ORIGINS --github-download-origins",
      "github.reconcile FIRSTMATE_GITHUB_RECONCILE --github-reconcile",
      "github.reconcile_interval FIRSTMATE_GITHUB_RECONCILE_INTERVAL --github-reconcile-interval",
      "github.poll FIRSTMATE_GITHUB_POLL --github-poll",
      "github.poll_interval FIRSTMATE_GITHUB_POLL_INTERVAL --github-poll-interval",
      "slack.api_url FIRSTMATE_SLACK_API_URL --slack-api-url",
      "slack.bot_token FIRSTMATE_SLACK_BOT_TOKEN ",
      "slack.channel FIRSTMATE_SLACK_CHANNEL --slack-channel",
      "retention.events FIRSTMATE_RETENTION_EVENTS --retention-events",
      "retention.failures FIRSTMATE_RETENTION_FAILURES --retention-failures",
      "retention.logs FIRSTMATE_RETENTION_LOGS --retention-logs",
      "retention.logs_size FIRSTMATE_RETENTION_LOGS_SIZE --retention-logs-size",
      "retention.events_size FIRSTMATE_RETENTION_EVENTS_SIZE --retention-events-size",
  };
  std::vector<std::string> got;
  for (const SettingSpec& spec : setting_specs())
    got.push_back(std::string(spec.name) + " " + env_name(spec) + " " + flag_name(spec));
  EXPECT_EQ(got, names);
}

TEST(SettingNames, EachIsNamedOnceAndExplained) {
  std::set<std::string> envs;
  for (const SettingSpec& spec : setting_specs()) {
    EXPECT_TRUE(envs.insert(env_name(spec)).second) << spec.name;
    EXPECT_FALSE(spec.description.empty()) << spec.name;
    EXPECT_TRUE(spec.description.ends_with(".")) << spec.name;
    if (spec.type == Type::choice) {
      EXPECT_TRUE(contains(spec.range, "|")) << spec.name;
    }
    if (spec.secret) {
      EXPECT_TRUE(spec.fallback.empty()) << spec.name;
    }
  }
}

TEST_F(SettingsTest, DefaultsAreAllValid) {
  const Settings settings = loaded();
  EXPECT_TRUE(settings.warnings().empty());
  EXPECT_EQ(settings.text("listen"), "127.0.0.1:8080");
  EXPECT_EQ(settings.value("listen").origin, "default");
  EXPECT_EQ(settings.integer("queue.workers"), 4);
  EXPECT_EQ(settings.integer("store.ballast"), 64 << 20);
  EXPECT_EQ(settings.duration("retention.events"), Millis{30LL * 86'400'000});
  EXPECT_TRUE(settings.list("github.poll").empty());
}

TEST_F(SettingsTest, LaterWins) {
  file("listen: 127.0.0.1:1\nqueue:\n  workers: 1\nslack: {channel: '#file'}\n");
  env_ = {{"FIRSTMATE_QUEUE_WORKERS", "2"}, {"FIRSTMATE_SLACK_CHANNEL", "#env"}};
  flags_ = {{"slack.channel", "#flag"}};
  const Settings settings = loaded();
  EXPECT_EQ(settings.text("listen"), "127.0.0.1:1");
  EXPECT_EQ(settings.value("listen").origin, "file " + dir_.path() + "/firstmate.yaml");
  EXPECT_EQ(settings.integer("queue.workers"), 2);
  EXPECT_EQ(settings.value("queue.workers").origin, "environment FIRSTMATE_QUEUE_WORKERS");
  EXPECT_EQ(settings.text("slack.channel"), "#flag");
  EXPECT_EQ(settings.value("slack.channel").origin, "flag --slack-channel");
}

TEST_F(SettingsTest, AnEmptyVariableIsAsGoodAsNone) {
  file("listen: 127.0.0.1:1\n");
  env_ = {{"FIRSTMATE_LISTEN", ""}};
  EXPECT_EQ(loaded().text("listen"), "127.0.0.1:1");
}

TEST_F(SettingsTest, ListsAsYamlOrAsText) {
  file("github:\n  poll: [acme/web, acme/api]\n");
  EXPECT_EQ(loaded().list("github.poll"), (std::vector<std::string>{"acme/web", "acme/api"}));
  env_ = {{"FIRSTMATE_GITHUB_POLL", " a/b ,, c/d,"}};
  EXPECT_EQ(loaded().list("github.poll"), (std::vector<std::string>{"a/b", "c/d"}));
}

TEST_F(SettingsTest, UnknownKeysAreNamedWithTheLikelyOne) {
  file("gihtub:\n  token: env:FIRSTMATE_SECRET_X\nlisten_: x\nqueue:\n  wokers: 3\nnothing_like_it_at_all: 1\n");
  const std::string said = faults();
  EXPECT_TRUE(contains(said, "gihtub.token; did you mean github.token?")) << said;
  EXPECT_TRUE(contains(said, "listen_; did you mean listen?")) << said;
  EXPECT_TRUE(contains(said, "queue.wokers; did you mean queue.workers?")) << said;
  EXPECT_TRUE(contains(said, "nothing_like_it_at_all; see `firstmate config view`")) << said;
  EXPECT_EQ(split(said, '\n').size(), 4U) << "all at once, a line each";
}

TEST_F(SettingsTest, FilesThatAreNoSettings) {
  for (const char* yaml :
       {"- a\n- b\n", "just text", "a: [", "listen: {a: {b: c}}", "listen: [[1]]", "? [a, b]\n: c\n"}) {
    file(yaml);
    EXPECT_NE(faults(), "ok") << yaml;
  }
  for (const char* yaml : {"", "# nothing\n", "---\n", "\t", "listen:\n"}) {
    file(yaml);
    EXPECT_EQ(faults(), "ok") << yaml;
  }
}

TEST_F(SettingsTest, ANamedFileMustBeThere) {
  Surroundings around;
  around.get_env = [](const std::string&) { return std::nullopt; };
  around.config_path = dir_.path() + "/none.yaml";
  FM_EXPECT_CODE(Settings::load(around), Code::not_found);
  around.config_path.clear();
  around.get_env = [this](const std::string& name) -> std::optional<std::string> {
    return name == "FIRSTMATE_CONFIG" ? std::optional(dir_.path() + "/firstmate.yaml") : std::nullopt;
  };
  file("listen: 127.0.0.1:7\n");
  EXPECT_EQ(Settings::load(around).value().text("listen"), "127.0.0.1:7");
}

TEST_F(SettingsTest, SecretsNeverStandInTheFile) {
  file("github:\n  token: ghp_plain-secret\n");
  const std::string said = faults();
  EXPECT_TRUE(contains(said, "github.token")) << said;
  EXPECT_FALSE(contains(said, "ghp_plain-secret")) << "nor in the message";
}

TEST_F(SettingsTest, SecretsByReference) {
  ASSERT_EQ(told(make_directories(dir_.path() + "/secrets")), "ok");
  ASSERT_EQ(told(write_file_atomically(dir_.path() + "/secrets/hook", "from-file\n", 0600)), "ok");
  file("secrets: {dir: " + dir_.path() +
       "/secrets}\ngithub: {token: 'env:FIRSTMATE_SECRET_GH', webhook_secret: 'file:hook'}\n");
  env_ = {{"FIRSTMATE_SECRET_GH", "from-env"}};
  const Settings settings = loaded();
  EXPECT_EQ(settings.text("github.token"), "from-env");
  EXPECT_EQ(settings.value("github.token").reference, "env:FIRSTMATE_SECRET_GH");
  EXPECT_EQ(settings.text("github.webhook_secret"), "from-file");
  EXPECT_TRUE(settings.warnings().empty()) << "FIRSTMATE_SECRET_* is for references";
  env_.clear();
  EXPECT_TRUE(contains(faults(), "FIRSTMATE_SECRET_GH")) << faults();
  env_ = {{"FIRSTMATE_SECRET_GH", "x"}, {"FIRSTMATE_GITHUB_WEBHOOK_SECRET", "file:../../etc/passwd"}};
  EXPECT_TRUE(contains(faults(), "github.webhook_secret")) << faults();
  env_ = {{"FIRSTMATE_SECRET_GH", "x"}, {"FIRSTMATE_GITHUB_WEBHOOK_SECRET", "the value itself"}};
  EXPECT_EQ(loaded().text("github.webhook_secret"), "the value itself");
  EXPECT_EQ(loaded().value("github.webhook_secret").reference, "");
}

struct Wrong {
  const char *name, *value, *said;
};

TEST_F(SettingsTest, ValuesOutOfTheirRangeAreNamed) {
  const Wrong table[] = {
      {"FIRSTMATE_QUEUE_WORKERS", "65", "0 to 64"},
      {"FIRSTMATE_QUEUE_WORKERS", "-1", "0 to 64"},
      {"FIRSTMATE_QUEUE_WORKERS", "4.5", "no whole number"},
      {"FIRSTMATE_QUEUE_WORKERS", "four", "no whole number"},
      {"FIRSTMATE_QUEUE_WORKERS", "99999999999999999999", "no whole number"},
      {"FIRSTMATE_HTTP_THREADS", "0", "1 to 64"},
      {"FIRSTMATE_GITHUB_POLL_INTERVAL", "9s", "10 to 86400 seconds"},
      {"FIRSTMATE_GITHUB_POLL_INTERVAL", "2d", "10 to 86400 seconds"},
      {"FIRSTMATE_GITHUB_POLL_INTERVAL", "soon", "number"},
      {"FIRSTMATE_RETENTION_LOGS_SIZE", "1KB", "bytes"},
      {"FIRSTMATE_RETENTION_LOGS_SIZE", "2 bananas", "unit of size"},
      {"FIRSTMATE_ENVIRONMENT", "prod", "LAB, NONPROD, PROD"},
      {"FIRSTMATE_LOG_LEVEL", "", ""},
      {"FIRSTMATE_GITHUB_API_URL", "api.github.com", "https://"},
      {"FIRSTMATE_PUBLIC_URL", "javascript:alert(1)", "https://"},
      {"FIRSTMATE_STORE_URL", "postgres://x", "sqlite:"},
      {"FIRSTMATE_ADMIN_KEY", "short", "32 characters"},
  };
  for (const Wrong& one : table) {
    env_ = {{one.name, one.value}};
    const std::string said = faults();
    if (*one.said == '\0') {
      EXPECT_EQ(said, "ok") << one.name;
    } else {
      EXPECT_TRUE(contains(said, one.said)) << one.name << "=" << one.value << ": " << said;
    }
  }
  env_ = {{"FIRSTMATE_ADMIN_KEY", "short"}};
  EXPECT_FALSE(contains(faults(), "short ")) << "the value is no part of the message";
}

TEST_F(SettingsTest, WhatBelongsTogether) {
  env_ = {{"FIRSTMATE_GITHUB_APP_ID", "7"}};
  EXPECT_TRUE(contains(faults(), "app_installation_id")) << faults();
  env_ = {{"FIRSTMATE_SLACK_CHANNEL", "#x"}};
  ASSERT_EQ(loaded().warnings().size(), 1U);
  EXPECT_TRUE(contains(loaded().warnings()[0], "slack.bot_token"));
  env_ = {{"FIRSTMATE_SLACK_BOT_TOKEN", "xoxb-1"}};
  EXPECT_TRUE(contains(loaded().warnings().at(0), "slack.channel"));
}

TEST_F(SettingsTest, UnknownVariablesWarnAndStopNothing) {
  env_ = {
      {"FIRSTMATE_GITHUB_TOKN", "x"}, {"FIRSTMATE_CONFIG", ""},      {"FIRSTMATE_URL", "u"}, {"FIRSTMATE_API_KEY", "k"},
      {"FIRSTMATE_MODELS", "none"},   {"FIRSTMATE_SECRET_ANY", "x"}, {"PATH", "/bin"},       {"firstmate_listen", "x"}};
  const Settings settings = loaded();
  ASSERT_EQ(settings.warnings().size(), 1U);
  EXPECT_TRUE(contains(settings.warnings()[0], "did you mean FIRSTMATE_GITHUB_TOKEN?")) << settings.warnings()[0];
  EXPECT_FALSE(contains(settings.warnings()[0], "=x"));
}

TEST(SettingValues, Durations) {
  const std::pair<const char*, std::int64_t> good[] = {
      {"250ms", 250},    {"90s", 90'000},     {"90", 90'000},      {"15m", 900'000}, {"15min", 900'000},
      {"2h", 7'200'000}, {"7d", 604'800'000}, {"1.5h", 5'400'000}, {"0", 0},         {"10 s", 10'000},
  };
  for (const auto& [text, ms] : good) {
    const auto parsed = parse_duration(text);
    ASSERT_EQ(told(parsed), "ok") << text;
    EXPECT_EQ(parsed->count(), ms) << text;
  }
  for (const char* bad :
       {"", "s", "-1s", "1w", "1 2", "1h30m", "0x10", "1,5h", "inf", "nan", "infinity d", "1e300d", "nand"}) {
    FM_EXPECT_CODE(parse_duration(bad), Code::invalid) << bad;
  }
}

TEST(SettingValues, Bytes) {
  const std::pair<const char*, std::int64_t> good[] = {
      {"0", 0},        {"512", 512},        {"512b", 512},          {"512k", 512'000}, {"2KB", 2'000},
      {"2kib", 2'048}, {"64MiB", 64 << 20}, {"2GB", 2'000'000'000}, {"1GiB", 1 << 30}, {"1.5 MB", 1'500'000},
  };
  for (const auto& [text, bytes] : good) {
    const auto parsed = parse_bytes(text);
    ASSERT_EQ(told(parsed), "ok") << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
  for (const char* bad : {"", "KB", "-1", "1TBx", "1 2", "inf", "nan", "1e300GB"})
    FM_EXPECT_CODE(parse_bytes(bad), Code::invalid) << bad;
}

TEST_F(SettingsTest, OverridesKeepTheirOrigin) {
  Settings settings = loaded();
  settings.override_with("listen", "127.0.0.1:0", "demo");
  EXPECT_EQ(settings.text("listen"), "127.0.0.1:0");
  EXPECT_EQ(settings.value("listen").origin, "demo");
}

}  // namespace
}  // namespace fm::app
