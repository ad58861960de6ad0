// POST /webhooks/github: verify the raw bytes, then hand them in; the answer comes when they are durable.
#pragma once

#include <string>

#include "events/ingest.h"
#include "net/server.h"
#include "telemetry/metrics.h"

namespace fm::api {

struct WebhookOptions {
  std::string github_secret;  // empty: everything is refused
  bool demo = false;          // mark what comes in as demo data
};

inline constexpr std::size_t kWebhookLimitBytes = 25 * 1024 * 1024;  // GitHub sends no more
// Runs after each accepted delivery that queued work.
using OnAccepted = std::function<void(const events::Accepted&)>;

void install_webhooks(net::Server& server, events::Ingest& ingest, telemetry::Registry& metrics, WebhookOptions options,
                      OnAccepted on_accepted);

}  // namespace fm::api
