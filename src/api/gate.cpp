#include "api/gate.h"

#include <charconv>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "guard/bytes.h"
#include "guard/hmac.h"
#include "telemetry/log.h"

namespace fm::api {
namespace {

constexpr std::size_t kMaxAnswers = 1000;

bool is_write(const net::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

std::string_view bearer_of(const net::Request& request) {
  const std::string_view authorization = request.header("authorization");
  if (authorization.size() > 7 && iequals(authorization.substr(0, 7), "bearer ")) return trim(authorization.substr(7));
  return request.header("x-api-key");
}

}  // namespace

Result<identity::Visitor> Gate::who(const net::Request& request) const {
  if (const std::string_view key = bearer_of(request); !key.empty()) return accounts_.by_key(key);
  const std::string_view cookie = request.cookie(kSessionCookie);
  if (cookie.empty()) {
    return fail(Code::unauthorised, "this needs a session or an API key",
                "sign in on the page, or send Authorization: Bearer with an API key");
  }
  TRY(identity::Visitor visitor, accounts_.by_session(cookie));
  if (is_write(request) && !guard::equal_constant_time(request.header(kCsrfHeader), visitor.csrf_token)) {
    return fail(Code::forbidden, "the write came without the session's CSRF token",
                "send csrf_token of GET /api/v1/session as X-Firstmate-Csrf");
  }
  return visitor;
}

net::PoolHandler Gate::guard(identity::Role least, Handler handler) {
  return [this, least, handler = std::move(handler)](const Context& context, net::Request& request) -> net::Response {
    const auto visitor = who(request);
    if (!visitor) return problem(visitor.error(), context.trace_id());
    if (visitor->user.role < least) {
      const Error error{Code::forbidden,
                        fmt::format("this needs the role {}, you have {}", identity::to_string(least),
                                    identity::to_string(visitor->user.role)),
                        "ask an administrator for an API key with that role", nullptr, std::nullopt};
      return problem(error, context.trace_id());
    }
    std::string answer_key;
    if (const std::string_view key = request.header("idempotency-key"); !key.empty() && is_write(request)) {
      answer_key = fmt::format("{}\n{} {}\n{}", visitor->user.id, request.method, request.path,
                               guard::to_hex(guard::sha256(key)));
      if (auto before = remembered(answer_key)) return *std::move(before);
    }
    const Context as_visitor = context.with_principal(
        {visitor->user.id, visitor->user.name, std::string(identity::to_string(visitor->user.role))});
    auto response = handler(as_visitor, request, *visitor);
    if (!response) {
      if (http_status(response.error().code) >= 500) {
        telemetry::error(
            "a request failed",
            {{"path", request.path}, {"error", response.error().full()}, {"trace_id", context.trace_id()}});
      }
      return problem(response.error(), context.trace_id());
    }
    if (!answer_key.empty() && response->status < 300) remember(answer_key, *response);
    return *std::move(response);
  };
}

net::StreamHandler Gate::guard_stream() {
  return [this](const Context& context, net::Request& request) -> std::optional<net::Response> {
    if (const auto visitor = who(request); !visitor) return problem(visitor.error(), context.trace_id());
    return std::nullopt;
  };
}

std::optional<net::Response> Gate::remembered(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(key);
  return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

void Gate::remember(const std::string& key, const net::Response& response) {
  const std::lock_guard lock(mutex_);
  if (!answers_.emplace(key, response).second) return;
  answer_order_.push_back(key);
  if (answer_order_.size() <= kMaxAnswers) return;
  answers_.erase(answer_order_.front());
  answer_order_.pop_front();
}

Result<std::size_t> limit_of(const net::Request& request, std::size_t fallback, std::size_t most) {
  const auto text = request.query_value("limit");
  if (!text) return fallback;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value == 0 || value > most) {
    return fail(Code::invalid, fmt::format("limit must be a number from 1 to {}", most));
  }
  return value;
}

std::string query_of(const net::Request& request, std::string_view name) {
  return request.query_value(name).value_or("");
}

std::string make_cursor(std::int64_t number, std::string_view id) { return fmt::format("{}.{}", number, id); }

Result<std::pair<std::int64_t, std::string>> parse_cursor(const net::Request& request) {
  const std::string text = query_of(request, "cursor");
  if (text.empty()) return std::pair<std::int64_t, std::string>{0, ""};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data() + text.size() || *end != '.') {
    return fail(Code::invalid, "the cursor is none of ours",
                "use next_cursor of the page before, unchanged, with the same filters");
  }
  return std::pair{number, std::string(end + 1, text.data() + text.size())};
}

net::Response json_ok(const json::value& body, int status) { return net::Response::json(status, to_json(body)); }

}  // namespace fm::api
