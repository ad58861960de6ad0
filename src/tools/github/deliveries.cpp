#include "tools/github/deliveries.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace fm::tools::github {
namespace {

constexpr std::string_view kNeeds = "webhooks: read";

As as(const Hook& hook) { return hook.repository.empty() ? As::app : As::installation; }

Result<std::string> deliveries_path(const Hook& hook) {
  if (hook.repository.empty()) return std::string("/app/hook/deliveries");
  TRY_VOID(check_repository(hook.repository));
  return fmt::format("/repos/{}/hooks/{}/deliveries", hook.repository, hook.id);
}

Delivery delivery_from_json(const json::value& value) {
  Delivery delivery;
  delivery.id = int_at(value, "id");
  delivery.guid = text_at(value, "guid");
  delivery.event = text_at(value, "event");
  delivery.action = text_at(value, "action");
  delivery.status = text_at(value, "status");
  delivery.status_code = static_cast<int>(std::clamp<std::int64_t>(int_at(value, "status_code"), 0, 999));
  delivery.redelivery = bool_at(value, "redelivery");
  const auto time = parse_rfc3339(text_at(value, "delivered_at"));
  delivery.delivered_at = time ? *time : 0;
  return delivery;
}

}  // namespace

Result<std::vector<Hook>> fetch_hooks(const Context& context, Client& client, std::string_view repository) {
  TRY_VOID(check_repository(repository));
  TRY(const Client::Pages pages, client.get_all(context, fmt::format("/repos/{}/hooks", repository), "", 100, kNeeds));
  std::vector<Hook> hooks;
  for (const json::value& item : pages.items) {
    hooks.push_back({.repository = std::string(repository),
                     .id = int_at(item, "id"),
                     .url = text_at(item, "config", "url"),
                     .active = bool_at(item, "active")});
  }
  return hooks;
}

Result<std::vector<Delivery>> fetch_failed_deliveries(const Context& context, Client& client, const Hook& hook,
                                                      UnixMs since, std::size_t max_read) {
  TRY(const std::string path, deliveries_path(hook));
  std::unordered_set<std::string> delivered;
  std::unordered_set<std::string> newest;
  std::vector<Delivery> failed;
  // The list is newest first and has no filter by time.
  const auto too_old = [&](const json::value& item) { return delivery_from_json(item).delivered_at < since; };
  TRY(const Client::Pages pages, client.get_all(context, path, "", max_read, kNeeds, as(hook), too_old));
  for (const json::value& item : pages.items) {
    Delivery delivery = delivery_from_json(item);
    if (delivery.status_code >= 200 && delivery.status_code < 300) {
      delivered.insert(delivery.guid);
    } else if (newest.insert(delivery.guid).second) {
      failed.push_back(std::move(delivery));
    }
  }
  std::erase_if(failed, [&](const Delivery& one) { return delivered.contains(one.guid); });
  return failed;
}

Result<DeliveryPayload> fetch_delivery(const Context& context, Client& client, const Hook& hook,
                                       std::int64_t delivery_id) {
  TRY(const std::string path, deliveries_path(hook));
  TRY(const json::value value, client.get(context, fmt::format("{}/{}", path, delivery_id), kNeeds, as(hook)));
  const json::value* payload = find(value, "request", "payload");
  if (payload == nullptr || !payload->is_object()) {
    return fail(Code::not_found, fmt::format("GitHub no longer holds the payload of delivery {}", delivery_id));
  }
  return DeliveryPayload{delivery_from_json(value), to_json(*payload)};
}

}  // namespace fm::tools::github
