// Called by: the server's event loops; nothing here blocks. Hands to: events/ingest.
#include "api/webhooks.h"

#include <array>
#include <memory>

#include <fmt/format.h>

#include "api/problem.h"
#include "base/json.h"
#include "base/text.h"
#include "guard/hmac.h"

namespace fm::api {
namespace {

struct Meters {
  telemetry::Counter& accepted;
  telemetry::Counter& repeated;
  telemetry::Counter& bad_signature;
  telemetry::Counter& malformed;
  telemetry::Counter& busy;
};

Meters make_meters(telemetry::Registry& metrics) {
  const auto counter = [&](const char* result) -> telemetry::Counter& {
    return metrics.counter("firstmate_webhooks_total", "Webhook deliveries by what became of them.",
                           {{"source", "github"}, {"result", result}});
  };
  return {counter("accepted"), counter("repeated"), counter("bad_signature"), counter("malformed"), counter("busy")};
}

// The JSON of "payload=…" (content type application/x-www-form-urlencoded), as GitHub sends it by choice.
Result<std::string> form_payload(const std::string& body) {
  for (const std::string_view part : split(body, '&')) {
    if (!part.starts_with("payload=")) continue;
    const auto decoded = net::url_decode(replace_all(std::string(part.substr(8)), "+", "%20"));
    if (decoded) return *decoded;
  }
  return fail(Code::invalid, "the form has no payload field", "set the webhook's content type to application/json");
}

// Header values go into the store: short, printable.
Result<std::string> required_header(const net::Request& request, std::string_view name) {
  const std::string value(trim(request.header(name)));
  if (value.empty() || value.size() > 200 || clean_utf8(value) != value) {
    return fail(Code::invalid, fmt::format("the header {} is missing or not usable", name),
                "send the delivery as GitHub makes it");
  }
  return value;
}

Result<events::Delivery> read_delivery(net::Request& request, bool demo) {
  events::Delivery delivery;
  TRY(delivery.kind, required_header(request, "X-GitHub-Event"));
  TRY(delivery.id, required_header(request, "X-GitHub-Delivery"));
  delivery.demo = demo;
  if (request.header("content-type").starts_with("application/x-www-form-urlencoded")) {
    TRY(delivery.body, form_payload(request.body));
  } else {
    delivery.body = std::move(request.body);
  }
  return delivery;
}

Error no_secret() {
  return {Code::forbidden, "no webhook secret is configured, so no delivery can be trusted",
          "set FIRSTMATE_GITHUB_WEBHOOK_SECRET to the secret of the webhook and restart", nullptr, std::nullopt};
}

Error wrong_signature() {
  return {Code::unauthorised, "X-Hub-Signature-256 is missing or does not match the body",
          "give the webhook at GitHub the secret that firstmate has (github.webhook_secret)", nullptr, std::nullopt};
}

}  // namespace

void install_webhooks(net::Server& server, events::Ingest& ingest, telemetry::Registry& metrics, WebhookOptions options,
                      OnAccepted on_accepted) {
  const Meters meters = make_meters(metrics);
  const auto handler = [&ingest, meters, options = std::move(options), on_accepted = std::move(on_accepted)](
                           net::Request&& request, net::Responder respond) {
    if (options.github_secret.empty()) return respond(problem(no_secret(), ""));
    if (!guard::github_signature_ok(options.github_secret, request.body, trim(request.header("x-hub-signature-256")))) {
      meters.bad_signature.add();
      return respond(problem(wrong_signature(), ""));
    }
    auto delivery = read_delivery(request, options.demo);
    if (!delivery) {
      meters.malformed.add();
      return respond(problem(delivery.error(), ""));
    }
    if (delivery->kind == "ping")
      return respond(
          net::Response::json(200, R"({"message":"pong: the signature is right, deliveries will be taken"})"));
    // std::function must be copyable: the responder is shared, and used once.
    auto shared = std::make_shared<net::Responder>(std::move(respond));
    ingest.accept(*std::move(delivery), [shared, meters, on_accepted](Result<events::Accepted> accepted) {
      if (!accepted) {
        (accepted.error().code == Code::invalid ? meters.malformed : meters.busy).add();
        return (*shared)(problem(accepted.error(), ""));
      }
      (accepted->repeated ? meters.repeated : meters.accepted).add();
      (*shared)(net::Response::json(202, fmt::format(R"({{"id":"{}"}})", accepted->event_id)));
      if (on_accepted) on_accepted(*accepted);
    });
  };
  server.on_edge("POST", "/webhooks/github", handler, {kWebhookLimitBytes});
}

}  // namespace fm::api
