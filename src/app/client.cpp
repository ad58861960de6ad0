#include "app/client.h"

#include <fmt/format.h>

#include "app/data_dir.h"
#include "base/ids.h"

namespace fm::app {

net::HttpClient command_client(const std::string& url) {
  net::ClientOptions options;
  const std::size_t scheme = url.find("://");
  options.trusted_origins = {scheme == std::string::npos ? url : url.substr(0, url.find('/', scheme + 3))};
  return net::HttpClient(options);
}

Context command_context(const Clock& clock, Millis timeout) {
  return Context(clock, clock.steady() + timeout, {}, random_hex(16));
}

Result<ServerAddress> find_server(const Shell& shell, const Settings& settings, const std::string& url_flag) {
  const auto& get_env = shell.surroundings.get_env;
  std::string url = url_flag.empty() ? get_env("FIRSTMATE_URL").value_or("") : url_flag;
  std::string key = get_env("FIRSTMATE_API_KEY").value_or(settings.text("admin_key"));
  const auto local = find_local_server(data_dir_of(settings, get_env));
  if (url.empty() && local) return ServerAddress{local->url, key.empty() ? local->key : key};
  if (url.empty()) {
    return fail(Code::not_found, "no server is known: none runs on this data directory",
                "start one with `firstmate serve`, or set FIRSTMATE_URL (and FIRSTMATE_API_KEY)");
  }
  while (url.ends_with('/')) url.pop_back();
  if (key.empty() && local && local->url == url) key = local->key;
  return ServerAddress{url, key};
}

Result<json::value> call_server(const ServerAddress& server, const std::string& method, const std::string& path,
                                const std::string& body) {
  const SystemClock clock;
  net::HttpClient http = command_client(server.url);
  net::ClientRequest request;
  request.method = method;
  request.url = server.url + path;
  request.body = body;
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!server.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + server.key);
  auto response = http.send(command_context(clock), request);
  if (!response) return fail(response.error(), fmt::format("the server at {} does not answer", server.url));
  const auto answer = parse_json(response->body.empty() ? "null" : response->body);
  if (response->status >= 400) {
    const std::string detail = answer ? text_at(*answer, "detail") : "";
    return fail(response->status < 500 ? Code::invalid : Code::unavailable,
                detail.empty() ? fmt::format("the server answered {}", response->status) : detail,
                answer ? text_at(*answer, "remedy") : "");
  }
  if (!answer) return fail(answer.error(), "the server's answer is not JSON");
  return *answer;
}

}  // namespace fm::app
