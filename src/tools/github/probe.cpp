#include "tools/github/probe.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::tools::github {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

Result<void> probe_app(const Context& context, Client& client, Probe& found) {
  TRY(const json::value app, client.get(context, "/app", "a GitHub App's key", As::app));
  found.identity = "app " + text_at(app, "slug");
  const json::value* permissions = fm::find(app, "permissions");
  if (permissions == nullptr || !permissions->is_object()) return {};
  for (const auto& [name, level] : permissions->get_object()) {
    if (level.is_string())
      found.permissions.push_back(fmt::format("{}: {}", std::string_view(name), std::string_view(level.get_string())));
  }
  return {};
}

// A token of an Actions run or an installation has no user: that is no fault.
Result<void> probe_token(const Context& context, Client& client, Probe& found) {
  auto user = client.get(context, "/user", "any");
  if (user) {
    found.identity = text_at(*user, "login");
  } else if (user.error().code == Code::forbidden || user.error().code == Code::not_found) {
    found.identity = "a token without a user";
  } else {
    return std::unexpected(std::move(user).error());
  }
  return {};
}

}  // namespace

Result<Probe> probe(const Context& context, Client& client) {
  Probe found;
  const Steady begin = context.clock().steady();
  TRY(const net::ClientResponse answer, client.fetch(context, "/rate_limit", "any"));
  const UnixMs now = context.clock().now_ms();
  found.latency_ms = std::chrono::duration_cast<Millis>(context.clock().steady() - begin).count();
  if (const auto date = parse_http_date(answer.header("date"))) found.clock_skew_ms = now - *date;
  found.server_version = answer.header("x-github-enterprise-version");
  for (const std::string_view scope : split(answer.header("x-oauth-scopes"), ',')) {
    if (!trim(scope).empty()) found.scopes.emplace_back(trim(scope));
  }
  TRY(const json::value body, parse_json(answer.body));
  found.rate = {int_at(body, "resources", "core", "limit"), int_at(body, "resources", "core", "remaining"),
                int_at(body, "resources", "core", "reset") * 1000};
  const Auth& auth = client.options().auth;
  if (auth.is_app()) TRY_VOID(probe_app(context, client, found));
  if (!auth.is_app() && !auth.token.empty()) TRY_VOID(probe_token(context, client, found));
  return found;
}

std::optional<UnixMs> parse_http_date(std::string_view text) {
  // "Sat, 21 Nov 2026 15:02:45 GMT"
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto parsed = parse_rfc3339(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month - kMonths.begin() + 1,
                                                text.substr(5, 2), text.substr(17, 8)));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace fm::tools::github
