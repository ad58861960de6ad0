// The page and the API description, from bytes embedded in the binary; and the headers that every answer carries.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/server.h"

namespace fm::api {

// One embedded file. gzip and brotli are empty where they would not be smaller.
struct Asset {
  std::string_view path;  // "/assets/index-1a2b.js"
  std::string_view mime;
  std::string_view etag;  // quoted
  std::string_view raw, gzip, brotli;
};

struct PageOptions {
  std::span<const Asset> assets;  // "/index.html" is the page; none: a text that says how to build it
  std::string_view openapi;
};

// Everything under / that is no API: assets are immutable and compressed as the client likes, other paths are the
// page (it routes by itself) with a fresh CSP nonce in place of __NONCE__.
void install_page(net::Server& server, PageOptions options);
// Security headers for all answers.
void add_security_headers(const net::Request& request, net::Response& response);

}  // namespace fm::api
