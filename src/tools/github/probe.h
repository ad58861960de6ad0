// For doctor: who we are to GitHub, what we may, how far our clocks are apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/github/client.h"

namespace fm::tools::github {

struct Probe {
  std::string identity;                  // "octocat", "app acme-firstmate"; empty: anonymous
  std::vector<std::string> scopes;       // of a classic token; empty for others
  std::vector<std::string> permissions;  // of an App: "actions: read"
  RateLimit rate;
  std::optional<std::int64_t> clock_skew_ms;  // our clock minus GitHub's Date header (which counts whole seconds)
  std::int64_t latency_ms = 0;
  std::string server_version;  // GitHub Enterprise Server only
};

// Up to three requests; none counts against the rate limit but /user. Errors of Client.
Result<Probe> probe(const Context& context, Client& client);

// "Sat, 21 Nov 2026 15:02:45 GMT" (RFC 9110, IMF-fixdate); nothing for anything else.
std::optional<UnixMs> parse_http_date(std::string_view text);

}  // namespace fm::tools::github
