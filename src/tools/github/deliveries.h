// Webhook deliveries as GitHub remembers them (three days): GitHub repeats none by itself, so what we missed is found
// and fetched here. https://docs.github.com/rest/repos/webhooks, https://docs.github.com/rest/apps/webhooks
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/github/client.h"

namespace fm::tools::github {

// Whose deliveries: a repository's hook, or (repository empty) the App's own.
struct Hook {
  std::string repository;
  std::int64_t id = 0;
  std::string url;  // where it delivers to
  bool active = true;
};

struct Delivery {
  std::int64_t id = 0;  // of this attempt
  std::string guid;     // X-GitHub-Delivery: the same for every attempt
  std::string event;    // "workflow_run"
  std::string action;   // "completed"
  std::string status;   // GitHub's words: "OK", "Invalid HTTP Response: 503", "timed out"
  int status_code = 0;  // what the receiver answered; 0: nothing
  bool redelivery = false;
  UnixMs delivered_at = 0;
};

struct DeliveryPayload {
  Delivery delivery;
  std::string payload;  // JSON; spaces and order of members may differ from what was signed
};

// Hooks of a repository (needs `webhooks: read`, or admin:repo_hook of a classic token).
Result<std::vector<Hook>> fetch_hooks(const Context& context, Client& client, std::string_view repository);
// Newest attempt of each guid that no attempt since then delivered (2xx). Reads back to `since`, newest first.
Result<std::vector<Delivery>> fetch_failed_deliveries(const Context& context, Client& client, const Hook& hook,
                                                      UnixMs since, std::size_t max_read = 2'000);
Result<DeliveryPayload> fetch_delivery(const Context& context, Client& client, const Hook& hook,
                                       std::int64_t delivery_id);

}  // namespace fm::tools::github
