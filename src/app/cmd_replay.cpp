// firstmate replay FILE…: recorded payloads, signed as GitHub signs them, to a server.
#include <fmt/format.h>

#include "app/client.h"
#include "app/commands.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ids.h"
#include "guard/hmac.h"

namespace fm::app {
namespace {

// The kind of event by the member that only it carries. Error: invalid, with the flag that says it.
Result<std::string> kind_of(const json::value& payload, const std::string& file) {
  for (const char* kind : {"workflow_run", "workflow_job", "check_run", "check_suite", "pull_request",
                           "deployment_status", "deployment", "issue", "release"}) {
    if (find(payload, kind) != nullptr) return std::string(kind) == "issue" ? "issues" : std::string(kind);
  }
  if (find(payload, "zen") != nullptr) return std::string("ping");
  if (find(payload, "pusher") != nullptr) return std::string("push");
  return fail(Code::invalid, fmt::format("{} does not tell its kind of event", file), "name it with --event");
}

struct Sent {
  std::string file, kind, delivery, answer;
  int status = 0;
};

Result<Sent> send_one(net::HttpClient& http, const Context& context, const std::string& url, const std::string& secret,
                      const std::string& file, const ReplayOptions& options) {
  TRY(const std::string body, file == "-" ? read_stdin() : read_file(file, 64 << 20));
  TRY(const json::value payload, parse_json(body));
  Sent sent{file, options.event, {}, {}, 0};
  if (sent.kind.empty()) {
    TRY(sent.kind, kind_of(payload, file));
  }
  sent.delivery = options.fresh ? random_hex(16) : "replay-" + hash128_hex(sent.kind + "\n" + body);
  net::ClientRequest request;
  request.method = "POST";
  request.url = url + "/webhooks/github";
  request.body = body;
  request.headers = {{"Content-Type", "application/json"},
                     {"X-GitHub-Event", sent.kind},
                     {"X-GitHub-Delivery", sent.delivery},
                     {"X-Hub-Signature-256", guard::github_signature(secret, body)}};
  TRY(const net::ClientResponse response, http.send(context, request));
  sent.status = response.status;
  sent.answer = response.body;
  return sent;
}

}  // namespace

int cmd_replay(const Shell& shell, const ReplayOptions& options) {
  const auto settings = Settings::load(shell.surroundings);
  if (!settings) return report(settings.error());
  const std::string secret = settings->text("github.webhook_secret");
  if (secret.empty())
    return report(Error{Code::invalid, "payloads cannot be signed: no webhook secret",
                        "set FIRSTMATE_GITHUB_WEBHOOK_SECRET to the server's", nullptr, std::nullopt});
  const auto server = find_server(shell, *settings, options.url);
  if (!server) return report(server.error());
  const SystemClock clock;
  net::HttpClient http = command_client(server->url);
  json::array results;
  bool all_taken = true;
  for (const std::string& file : options.files) {
    const auto sent = send_one(http, command_context(clock), server->url, secret, file, options);
    const bool taken = sent && sent->status < 300;
    all_taken = all_taken && taken;
    if (shell.json) {
      json::object row{{"file", file},
                       {"status", sent ? sent->status : 0},
                       {"event", sent ? text_or_null(sent->kind) : json::value(nullptr)}};
      row["answer"] = sent ? parse_json(sent->answer).value_or(json::value(nullptr))
                           : json::value(json::string(sent.error().full()));
      results.push_back(std::move(row));
    } else if (!sent) {
      report(with_context(sent.error(), file));
    } else {
      fmt::print("{}  {}  {}  {}\n", sent->status, sent->kind, file, sent->answer);
    }
  }
  if (shell.json) fmt::print("{}\n", to_json(json::value{{"sent", std::move(results)}}));
  return all_taken ? kDone : kFailed;
}

}  // namespace fm::app
