// The table. A new setting is one row here; docs/settings.md and `firstmate config view` are made from it.
#include "app/settings.h"

namespace fm::app {
namespace {

constexpr SettingSpec kSpecs[] = {
    {"listen", Type::text, "127.0.0.1:8080", "", false,
     "Address and port to serve on. Port 0 picks a free one, which is printed."},
    {"public_url", Type::url, "", "", false,
     "What links in messages begin with. Default: http:// and the listen address."},
    {"environment", Type::choice, "LAB", "LAB|NONPROD|PROD", false, "What this installation looks after."},
    {"data_dir", Type::text, "", "", false,
     "Where the embedded store lives. Default: $XDG_DATA_HOME/firstmate, or ~/.local/share/firstmate, or "
     "/var/lib/firstmate for root."},
    {"admin_key", Type::text, "", "", true,
     "An API key with the administrator's rights, for automation; at least 32 characters."},
    {"log.level", Type::choice, "info", "debug|info|warn|error", false, "What firstmate logs of itself."},
    {"log.format", Type::choice, "auto", "auto|json|text", false, "auto: text on a terminal, else JSON lines."},
    {"http.threads", Type::integer, "2", "1..64", false, "Event loops of the server."},
    {"http.pool_threads", Type::integer, "8", "1..256", false, "Threads that answer API requests."},
    {"http.max_connections", Type::integer, "4096", "16..100000", false, "Open connections; beyond, 503."},
    {"http.body_budget", Type::bytes, "96MiB", "26214400..17179869184", false,
     "Request bodies in memory over all connections; beyond, 503."},
    {"store.url", Type::text, "sqlite:", "", false, "sqlite: keeps everything in the data directory."},
    {"store.ballast", Type::bytes, "64MiB", "0..1073741824", false,
     "A file kept to be given up when the disk is full, so that cleaning up still works."},
    {"secrets.dir", Type::text, "", "", false, "Directory of secret files that file:NAME refers to."},
    {"queue.workers", Type::integer, "4", "0..64", false, "Threads that analyse. 0: only take events in."},
    {"github.webhook_secret", Type::text, "", "", true,
     "What GitHub signs its webhooks with. Without it POST /webhooks/github refuses everything."},
    {"github.api_url", Type::url, "https://api.github.com", "", false,
     "GitHub's REST API; for GitHub Enterprise Server https://HOST/api/v3."},
    {"github.web_url", Type::url, "https://github.com", "", false, "GitHub's pages, for links."},
    {"github.token", Type::text, "", "", true,
     "A token that may read Actions and contents. Sent only to github.api_url's host."},
    {"github.app_id", Type::text, "", "", false, "Instead of a token: the id of a GitHub App."},
    {"github.app_installation_id", Type::text, "", "", false, "The App's installation to act as."},
    {"github.app_private_key", Type::text, "", "", true, "The App's private key (PEM), best as file:NAME."},
    {"github.download_origins", Type::list, "", "", false,
     "Origins that GitHub may redirect log downloads to although they are private addresses (GitHub Enterprise "
     "Server)."},
    {"github.reconcile", Type::list, "", "", false,
     "Repositories (owner/name) whose webhook deliveries are checked for missed ones; `app` for the App's own hook."},
    {"github.reconcile_interval", Type::duration, "5m", "10..86400", false,
     "How often missed deliveries are looked for."},
    {"github.poll", Type::list, "", "", false,
     "Repositories (owner/name) to ask for failed runs, where no webhook can reach this machine."},
    {"github.poll_interval", Type::duration, "60s", "10..86400", false, "How often."},
    {"slack.api_url", Type::url, "https://slack.com/api", "", false, "Slack's Web API."},
    {"slack.bot_token", Type::text, "", "", true,
     "The bot's token (xoxb-…) with chat:write. Sent only to slack.api_url's host."},
    {"slack.channel", Type::text, "", "", false, "Where failures are told: #name or a channel id."},
    {"retention.events", Type::duration, "30d", "3600..315360000", false,
     "How long events and finished jobs are kept."},
    {"retention.failures", Type::duration, "180d", "3600..315360000", false,
     "How long failures and their occurrences are kept after they were last seen."},
    {"retention.logs", Type::duration, "30d", "3600..315360000", false, "How long logs are kept."},
    {"retention.logs_size", Type::bytes, "2GB", "1000000..1000000000000", false,
     "How much space logs may take; the oldest go first."},
    {"retention.events_size", Type::bytes, "1GB", "1000000..1000000000000", false,
     "How much space events may take; the oldest finished ones go first."},
};

}  // namespace

std::span<const SettingSpec> setting_specs() { return kSpecs; }

}  // namespace fm::app
