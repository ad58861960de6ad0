#include "tools/github/auth.h"

#include <fmt/format.h>

#include "base/json.h"
#include "guard/jwt.h"

namespace fm::tools::github {
namespace {

constexpr Millis kRenewBefore{5 * 60'000};
// GitHub refuses assertions that live longer than ten minutes or were made in its future.
constexpr std::int64_t kAssertionLife_s = 9 * 60;
constexpr std::int64_t kAssertionBackdate_s = 60;

Error refused(int status, const std::string& installation) {
  switch (status) {
    case 401:
      return {Code::unauthorised,
              "GitHub does not accept the App's key",
              "check github.app_id and the private key, and that this machine's clock is right",
              nullptr,
              {}};
    case 404:
      return {Code::not_found,
              fmt::format("GitHub knows no installation {} of this App", installation),
              "take the number at the end of the installation's settings URL for github.app_installation_id",
              nullptr,
              {}};
    case 403:
      return {Code::forbidden,
              "GitHub refuses a token for the App's installation",
              "the installation may be suspended: see the organisation's settings",
              nullptr,
              {}};
    default:
      return {Code::unavailable,
              fmt::format("GitHub answered {} to the request for an installation token", status),
              {},
              nullptr,
              {}};
  }
}

}  // namespace

Authoriser::Authoriser(net::HttpClient& http, std::string api_url, Auth auth)
    : http_(http), api_url_(std::move(api_url)), auth_(std::move(auth)) {}

Result<std::string> Authoriser::header(const Context& context) {
  if (!auth_.is_app()) return auth_.token.empty() ? std::string() : "Bearer " + auth_.token;
  const std::lock_guard lock(mutex_);
  if (token_.empty() || context.clock().now_ms() >= renew_at_) TRY_VOID(renew(context));
  return "Bearer " + token_;
}

Result<std::string> Authoriser::app_header(const Context& context) const {
  if (!auth_.is_app()) {
    return fail(Code::invalid, "this needs a GitHub App",
                "set github.app_id, github.app_installation_id and github.app_private_key");
  }
  const std::int64_t now_s = context.clock().now_ms() / 1000;
  TRY(std::string token, guard::sign_rs256(auth_.app.private_key_pem, {{"iat", now_s - kAssertionBackdate_s},
                                                                       {"exp", now_s + kAssertionLife_s},
                                                                       {"iss", auth_.app.app_id}}));
  return "Bearer " + token;
}

bool Authoriser::forget() {
  if (!auth_.is_app()) return false;
  const std::lock_guard lock(mutex_);
  token_.clear();
  return true;
}

Result<void> Authoriser::renew(const Context& context) {
  TRY(std::string assertion, app_header(context));
  net::ClientRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/app/installations/{}/access_tokens", api_url_, auth_.app.installation_id);
  request.headers = {{"Authorization", std::move(assertion)}, {"Accept", "application/vnd.github+json"}};
  request.max_body_bytes = 1024 * 1024;
  auto answer = http_.send(context, request);
  if (!answer) return fail(std::move(answer).error(), "get a token for the GitHub App's installation");
  if (answer->status != 201) {
    Error error = refused(answer->status, auth_.app.installation_id);
    error.retry_after = answer->retry_after(context.clock());
    if (answer->status == 429) error.code = Code::limited;
    return std::unexpected(std::move(error));
  }
  TRY(const json::value body, parse_json(answer->body));
  std::string token = text_at(body, "token");
  if (token.empty()) return fail(Code::unavailable, "GitHub's answer holds no installation token");
  // An hour is what GitHub documents; without a readable expiry the token is used for half of that.
  const UnixMs now = context.clock().now_ms();
  renew_at_ = now + 30 * 60'000;
  if (const auto expires = parse_rfc3339(text_at(body, "expires_at")); expires)
    renew_at_ = *expires - kRenewBefore.count();
  token_ = std::move(token);
  return {};
}

}  // namespace fm::tools::github
