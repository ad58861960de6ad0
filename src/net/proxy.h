// Which proxy the environment names for a URL: http_proxy, https_proxy / HTTPS_PROXY, all_proxy / ALL_PROXY, no_proxy /
// NO_PROXY, as curl reads them (HTTP_PROXY in capitals is ignored: a CGI request can set it).
#pragma once

#include <functional>
#include <string>

#include "net/address.h"

namespace fm::net {

class ProxySettings {
 public:
  // get: a variable's value, empty when unset.
  explicit ProxySettings(const std::function<std::string(const char*)>& get);
  static ProxySettings from_environment();

  // Empty: connect directly. Loopback is never sent through a proxy.
  const std::string& proxy_for(const Origin& origin) const;

 private:
  bool is_exempt(const std::string& host) const;

  std::string http_;
  std::string https_;
  std::string exempt_;
};

}  // namespace fm::net
