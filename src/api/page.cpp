#include "api/page.h"

#include <fmt/format.h>

#include "api/problem.h"
#include "base/ids.h"
#include "base/text.h"
#include "guard/bytes.h"

namespace fm::api {
namespace {

constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";

bool accepts(const net::Request& request, std::string_view coding) {
  for (const std::string_view part : split(request.header("accept-encoding"), ',')) {
    const std::string_view name = trim(part.substr(0, part.find(';')));
    if (!iequals(name, coding)) continue;
    const std::size_t q = part.find("q=");
    return q == std::string_view::npos || part.substr(q + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

// If-None-Match compares weakly and may hold a list (RFC 9110 section 13.1.2).
bool names_tag(std::string_view header, std::string_view etag) {
  for (const std::string_view part : split(header, ',')) {
    std::string_view tag = trim(part);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

net::Response serve(const Asset& asset, const net::Request& request) {
  net::Response response;
  const bool hashed = asset.path.starts_with("/assets/");
  response.headers.emplace_back("Cache-Control", hashed ? std::string(kImmutable) : "no-cache");
  response.headers.emplace_back("ETag", std::string(asset.etag));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (names_tag(request.header("if-none-match"), asset.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", std::string(asset.mime));
  response.static_body = asset.raw;
  if (!asset.brotli.empty() && accepts(request, "br")) {
    response.static_body = asset.brotli;
    response.headers.emplace_back("Content-Encoding", "br");
  } else if (!asset.gzip.empty() && accepts(request, "gzip")) {
    response.static_body = asset.gzip;
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

// The page itself: never cached, because each copy has its own nonce.
net::Response serve_index(const Asset* index) {
  net::Response response;
  response.headers.emplace_back("Cache-Control", "no-store");
  if (index == nullptr) {
    response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    response.body =
        "This binary was built without its page (FM_WEB=OFF, or the npm registry could not be reached).\nThe API "
        "works: GET /api/v1/openapi.json\n";
    return response;
  }
  const std::string nonce = guard::to_base64url(random_bytes(16));
  response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  response.headers.emplace_back(
      "Content-Security-Policy",
      fmt::format("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; connect-src 'self'; img-src "
                  "'self' data:; font-src 'self'; "
                  "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
                  nonce));
  response.body = replace_all(std::string(index->raw), "__NONCE__", nonce);
  return response;
}

}  // namespace

void install_page(net::Server& server, PageOptions options) {
  const auto find_asset = [options](std::string_view path) -> const Asset* {
    for (const Asset& asset : options.assets) {
      if (asset.path == path) return &asset;
    }
    return nullptr;
  };
  server.on_pool("GET", "/api/v1/openapi.json", [options](const Context&, net::Request&) {
    net::Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    response.static_body = options.openapi;
    return response;
  });
  const auto page = [find_asset](const Context& context, net::Request& request) {
    if (request.path.starts_with("/api/") || request.path.starts_with("/webhooks/"))
      return problem_of_status(404, "there is nothing at this path", context.trace_id());
    if (request.method != "GET" && request.method != "HEAD")
      return problem_of_status(404, "there is nothing at this path", context.trace_id());
    const Asset* asset = find_asset(request.path);
    if (asset != nullptr && asset->path != "/index.html") return serve(*asset, request);
    if (request.path.starts_with("/assets/"))
      return problem_of_status(404, "there is no such file", context.trace_id());
    return serve_index(find_asset("/index.html"));
  };
  server.on_not_found(page);
}

void add_security_headers(const net::Request&, net::Response& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Security-Policy") return;
  }
  // Answers that are no page may do nothing at all, even when opened by themselves.
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

}  // namespace fm::api
