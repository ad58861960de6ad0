#include "net/proxy.h"

#include <cstdlib>

#include "base/text.h"

namespace fm::net {

ProxySettings::ProxySettings(const std::function<std::string(const char*)>& get) {
  const auto first = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (std::string value = get(name); !value.empty()) return value;
    }
    return std::string();
  };
  http_ = first({"http_proxy", "all_proxy", "ALL_PROXY"});
  https_ = first({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  exempt_ = to_lower(first({"no_proxy", "NO_PROXY"}));
}

ProxySettings ProxySettings::from_environment() {
  return ProxySettings([](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  });
}

const std::string& ProxySettings::proxy_for(const Origin& origin) const {
  static const std::string direct;
  if (origin.is_loopback() || is_exempt(origin.host)) return direct;
  return origin.scheme == "https" ? https_ : http_;
}

// "example.com" and ".example.com" both mean the name and all below it.
bool ProxySettings::is_exempt(const std::string& host) const {
  for (std::string_view entry : split(exempt_, ',')) {
    entry = trim(entry);
    while (entry.starts_with('.')) entry.remove_prefix(1);
    if (entry.empty()) continue;
    if (entry == "*" || host == entry || host.ends_with("." + std::string(entry))) return true;
  }
  return false;
}

}  // namespace fm::net
