// What App says of itself: the dependencies for /health and the checklist of the first five minutes.
#include <fmt/format.h>

#include "app/app.h"
#include "base/text.h"
#include "net/address.h"

namespace fm::app {
namespace {

// As the HTTP client names it to Vitals: with its port, written or not.
std::string origin_of(std::string_view url) {
  const auto origin = net::parse_origin(url);
  return origin ? origin->text() : std::string(url);
}

api::Dependency from_vital(std::string name, const std::optional<Vital>& vital, bool configured, std::string remedy_off,
                           std::string remedy_down, UnixMs now) {
  if (!configured) return {std::move(name), "off", "not configured", std::move(remedy_off), std::nullopt};
  if (!vital) return {std::move(name), "ok", "not used yet", "", std::nullopt};
  const std::string ago = human_duration_ms(std::max<UnixMs>(0, now - vital->at)) + " ago";
  if (vital->ok) return {std::move(name), "ok", "last call " + ago, "", vital->latency_ms};
  return {std::move(name), "degraded", fmt::format("last call {} failed: {}", ago, vital->detail),
          std::move(remedy_down), vital->latency_ms};
}

}  // namespace

std::vector<api::Dependency> App::dependencies() const {
  const UnixMs now = clock_.now_ms();
  const bool github = mode_.demo || !settings_.text("github.token").empty() || !settings_.text("github.app_id").empty();
  std::vector<api::Dependency> all;
  all.push_back(from_vital("github", vitals_.last(origin_of(settings_.text("github.api_url"))), github,
                           "set FIRSTMATE_GITHUB_TOKEN so that logs can be read",
                           "run `firstmate doctor`; events wait and are analysed when GitHub answers again", now));
  if (mode_.demo) {
    all.push_back({"terminal", "ok", "messages go to the terminal", "", std::nullopt});
  } else {
    all.push_back(from_vital("slack", vitals_.last(origin_of(settings_.text("slack.api_url"))), notifier_ != nullptr,
                             "set FIRSTMATE_SLACK_BOT_TOKEN and FIRSTMATE_SLACK_CHANNEL",
                             "run `firstmate doctor`; messages wait and are sent when Slack answers again", now));
  }
  return all;
}

namespace {

// What the real thing needs, while the demo stands in for GitHub and Slack.
std::vector<api::ChecklistItem> demo_checklist() {
  return {{"github_webhook", "missing", "The demo plays GitHub's part.",
           "Stop the demo, set FIRSTMATE_GITHUB_WEBHOOK_SECRET, start `firstmate serve`; this page then says where "
           "GitHub has to deliver."},
          {"github_token", "missing", "The demo's logs are recorded ones.",
           "Set FIRSTMATE_GITHUB_TOKEN (Actions: read, Contents: read) so that real logs can be read."},
          {"slack", "missing", "The demo prints its messages in the terminal.",
           "Set FIRSTMATE_SLACK_BOT_TOKEN and FIRSTMATE_SLACK_CHANNEL."}};
}

}  // namespace

std::vector<api::ChecklistItem> App::checklist() const {
  if (mode_.demo) return demo_checklist();
  const auto item = [](std::string id, const api::Dependency& d) -> api::ChecklistItem {
    const std::string state = d.state == "off" ? "missing" : d.state == "ok" ? "ok" : "failing";
    return {std::move(id), state, d.detail, d.remedy};
  };
  std::vector<api::ChecklistItem> items;
  if (settings_.text("github.webhook_secret").empty()) {
    items.push_back({"github_webhook", "missing", "No secret is set, so deliveries are refused.",
                     fmt::format("Set FIRSTMATE_GITHUB_WEBHOOK_SECRET and restart; then add a webhook at GitHub that "
                                 "sends workflow runs and jobs as JSON to {}/webhooks/github with the same secret.",
                                 public_url())});
  } else {
    bool any = false;
    const auto read =
        db_->read("SELECT 1 FROM events WHERE source = 'github' LIMIT 1", {}, [&](const store::Row&) { any = true; });
    items.push_back({"github_webhook", read && any ? "ok" : "missing",
                     any ? "Signed deliveries arrive." : "No delivery has arrived yet.",
                     any ? ""
                         : fmt::format("Add a webhook at GitHub that sends workflow runs and jobs as JSON to "
                                       "{}/webhooks/github with the same secret.",
                                       public_url())});
  }
  const std::vector<api::Dependency> all = dependencies();
  items.push_back(item("github_token", all[0]));
  items.push_back(item("slack", all[1]));
  return items;
}

}  // namespace fm::app
