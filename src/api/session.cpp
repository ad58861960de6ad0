#include "api/session.h"

#include <fmt/format.h>

#include "base/json.h"

namespace fm::api {
namespace {

using identity::Accounts;
using identity::ApiKey;
using identity::NewSession;
using identity::Visitor;

json::value session_json(const Visitor* visitor, bool setup_required) {
  json::object body{
      {"user", nullptr}, {"csrf_token", nullptr}, {"expires_at", nullptr}, {"setup_required", setup_required}};
  if (visitor != nullptr) {
    body["user"] = {
        {"id", visitor->user.id}, {"name", visitor->user.name}, {"role", identity::to_string(visitor->user.role)}};
    body["csrf_token"] = text_or_null(visitor->csrf_token);
    body["expires_at"] = time_or_null(visitor->expires_at);
  }
  return body;
}

std::string cookie(std::string_view value, std::int64_t max_age_s, bool secure) {
  return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{}", kSessionCookie, value, max_age_s,
                     secure ? "; Secure" : "");
}

json::object key_json(const ApiKey& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"role", identity::to_string(key.role)},
          {"prefix", key.prefix},
          {"created_at", time_or_null(key.created_at)},
          {"expires_at", time_or_null(key.expires_at)},
          {"last_used_at", time_or_null(key.last_used_at)}};
}

Result<json::value> body_of(const net::Request& request) {
  TRY(json::value body, parse_json(request.body));
  if (!body.is_object()) return fail(Code::invalid, "the body must be a JSON object");
  return body;
}

Result<std::string> text_member(const json::value& body, std::string_view name) {
  const json::value* value = find(body, name);
  if (value == nullptr || !value->is_string()) return fail(Code::invalid, fmt::format("{} must be a text", name));
  return std::string(value->get_string());
}

// A cookie-less route: a form on another site must not reach it, so only JSON is taken.
Result<void> must_be_json(const net::Request& request) {
  if (request.header("content-type").starts_with("application/json")) return {};
  return fail(Code::invalid, "the body must be application/json", "send Content-Type: application/json");
}

}  // namespace

void install_session(net::Server& server, Gate& gate, Accounts& accounts, const Clock& clock, SessionOptions options) {
  const auto opened = [&clock, options](const Result<NewSession>& session, int status, const Context& context) {
    if (!session) return problem(session.error(), context.trace_id());
    const std::int64_t life_s = (session->visitor.expires_at - clock.now_ms()) / 1000;
    return json_ok(session_json(&session->visitor, false), status)
        .with("Set-Cookie", cookie(session->token, life_s, options.secure_cookie));
  };
  server.on_pool("POST", "/api/v1/setup", [&accounts, opened](const Context& context, net::Request& request) {
    const auto set_up = [&]() -> Result<NewSession> {
      TRY_VOID(must_be_json(request));
      TRY(const json::value body, body_of(request));
      TRY(const std::string token, text_member(body, "token"));
      TRY(const std::string name, text_member(body, "name"));
      return accounts.set_up(context, token, name);
    };
    return opened(set_up(), 201, context);
  });
  server.on_pool("GET", "/api/v1/session", [&gate, &accounts](const Context& context, net::Request& request) {
    const auto required = accounts.setup_required();
    if (!required) return problem(required.error(), context.trace_id());
    const auto visitor = gate.who(request);
    return json_ok(session_json(visitor ? &*visitor : nullptr, *required));
  });
  server.on_pool("POST", "/api/v1/session", [&accounts, opened](const Context& context, net::Request& request) {
    const auto sign_in = [&]() -> Result<NewSession> {
      TRY_VOID(must_be_json(request));
      TRY(const json::value body, body_of(request));
      const bool by_key = find(body, "api_key") != nullptr;
      if (by_key == (find(body, "link_token") != nullptr))
        return fail(Code::invalid, "send exactly one of api_key and link_token");
      TRY(const std::string secret, text_member(body, by_key ? "api_key" : "link_token"));
      return by_key ? accounts.sign_in_with_key(context, secret) : accounts.sign_in_with_link(context, secret);
    };
    return opened(sign_in(), 200, context);
  });
  server.on_pool("DELETE", "/api/v1/session",
                 [&gate, &accounts, options](const Context& context, net::Request& request) {
                   const std::string token(request.cookie(kSessionCookie));
                   if (!token.empty()) {
                     const auto visitor = gate.who(request);
                     if (!visitor && visitor.error().code == Code::forbidden)
                       return problem(visitor.error(), context.trace_id());
                     if (const auto done = accounts.sign_out(context, token); !done)
                       return problem(done.error(), context.trace_id());
                   }
                   net::Response response;
                   response.status = 204;
                   return std::move(response).with("Set-Cookie", cookie("", 0, options.secure_cookie));
                 });

  server.on_pool(
      "GET", "/api/v1/keys",
      gate.guard(identity::Role::admin,
                 [&accounts](const Context&, const net::Request& request, const Visitor&) -> Result<net::Response> {
                   TRY(const std::size_t limit, limit_of(request));
                   TRY(const std::vector<ApiKey> keys, accounts.list_keys(query_of(request, "cursor"), limit + 1));
                   json::array items;
                   for (std::size_t i = 0; i < std::min(limit, keys.size()); ++i) items.push_back(key_json(keys[i]));
                   return json_ok({{"items", std::move(items)},
                                   {"next_cursor",
                                    keys.size() > limit ? text_or_null(keys[limit - 1].id) : json::value(nullptr)}});
                 }));
  server.on_pool(
      "POST", "/api/v1/keys",
      gate.guard(
          identity::Role::admin,
          [&accounts](const Context& context, const net::Request& request, const Visitor&) -> Result<net::Response> {
            TRY(const json::value body, body_of(request));
            TRY(const std::string name, text_member(body, "name"));
            TRY(const std::string role_name, text_member(body, "role"));
            TRY(const identity::Role role, identity::parse_role(role_name));
            UnixMs expires_at = 0;
            if (const json::value* expires = find(body, "expires_at"); expires != nullptr && !expires->is_null()) {
              TRY(const std::string text, text_member(body, "expires_at"));
              TRY(expires_at, parse_rfc3339(text));
            }
            TRY(const Accounts::CreatedKey created, accounts.create_key(context, name, role, expires_at));
            json::object answer = key_json(created.key);
            answer["key"] = created.secret;
            return json_ok(answer, 201);
          }));
  server.on_pool("DELETE", "/api/v1/keys/{id}",
                 gate.guard(identity::Role::admin,
                            [&accounts](const Context& context, const net::Request& request,
                                        const Visitor&) -> Result<net::Response> {
                              TRY_VOID(accounts.revoke_key(context, request.path_value("id")));
                              net::Response response;
                              response.status = 204;
                              return response;
                            }));
  // For `firstmate login-link`: a one-time link for the first administrator.
  server.on_pool(
      "POST", "/api/v1/session/links",
      gate.guard(identity::Role::admin,
                 [&accounts](const Context& context, const net::Request&, const Visitor&) -> Result<net::Response> {
                   TRY(const bool required, accounts.setup_required());
                   if (required) return json_ok({{"path", "/setup#token=" + accounts.setup_token()}}, 201);
                   TRY(const std::string token, accounts.new_link_token(context));
                   return json_ok({{"path", "/sign-in#token=" + token}}, 201);
                 }));
}

}  // namespace fm::api
