#include "tools/github/client.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "tools/github/cache.h"
#include "tools/github/probe.h"

namespace fm::tools::github {
namespace {

constexpr size_t kMaxJsonBytes = 32 * 1024 * 1024;
constexpr int kMaxPages = 100;
constexpr Millis kSecondaryPause{60'000};  // GitHub: "wait at least one minute" when no Retry-After is sent
constexpr Millis kLongestPause{3'600'000};

struct Call {
  std::string url;
  std::string_view needs;
  As as = As::installation;
  std::string etag{};
  size_t max_body_bytes = kMaxJsonBytes;
  bool keep_missing = false;  // 404 and 410 are answers
  bool json = true;
};

std::int64_t number(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

// GitHub's own words, for people.
std::string words(const net::ClientResponse& answer) {
  const auto body = parse_json(answer.body);
  const std::string message = body ? text_at(*body, "message") : std::string();
  return truncate_utf8(clean_utf8(message.empty() ? std::string(net::reason_phrase(answer.status)) : message), 300);
}

std::string origin_of(std::string_view url) {
  const size_t scheme = url.find("://");
  return std::string(scheme == std::string_view::npos ? url : url.substr(0, url.find('/', scheme + 3)));
}

// Sleeps, but wakes at once when the context is stopped.
void pause(const Context& context, Millis duration) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, context.stop(), duration, [] { return false; });
}

// The URL of rel="next" (RFC 8288); empty on the last page.
std::string_view next_link(std::string_view link) {
  for (std::string_view part : split(link, ',')) {
    const size_t open = part.find('<'), close = part.find('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) continue;
    if (contains(part.substr(close), "rel=\"next\"")) return part.substr(open + 1, close - open - 1);
  }
  return {};
}

}  // namespace

struct Client::Impl {
  Impl(net::HttpClient& client, Options given)
      : http(client),
        options(std::move(given)),
        authoriser(http, options.api_url, options.auth),
        cache(options.cache_entries, options.cache_bytes) {}

  Result<net::ClientResponse> exchange(const Context& context, const Call& call);
  Result<net::ClientResponse> attempt(const Context& context, const Call& call);
  Result<void> check_limit(const Context& context) const;
  void note_limit(const net::ClientResponse& answer);
  Error explain(const Context& context, const Call& call, const net::ClientResponse& answer);
  std::optional<Error> limited(const Context& context, const net::ClientResponse& answer);
  Result<std::string> get_cached(const Context& context, Call call, std::string* link);
  std::string rebase(std::string_view url) const;
  bool from_github(const net::ClientResponse& answer) const;

  net::HttpClient& http;
  const Options options;
  Authoriser authoriser;
  EtagCache cache;
  mutable std::mutex mutex;  // guards the two below
  RateLimit rate;
  UnixMs paused_until = 0;
};

Result<net::ClientResponse> Client::Impl::exchange(const Context& context, const Call& call) {
  bool renewed = false;
  for (int n = 0;; ++n) {
    auto answer = attempt(context, call);
    const bool unauthorised = answer && answer->status == 401;
    if (unauthorised && call.as == As::installation && !renewed && authoriser.forget()) {
      renewed = true;
      continue;
    }
    const bool again = answer ? answer->status >= 500 || (answer->status == 403 && !from_github(*answer))
                              : answer.error().code == Code::unavailable || answer.error().code == Code::timeout;
    const Millis most = options.retry_base * (1 << std::min(n, 16));
    const Millis wait{static_cast<std::int64_t>(fast_random() % static_cast<std::uint64_t>(most.count() + 1))};
    if (again && n + 1 < options.max_attempts && wait < context.remaining() && !context.stop().stop_requested()) {
      pause(context, wait);
      continue;
    }
    if (!answer) return answer;
    const int status = answer->status;
    if ((status >= 200 && status < 300) || status == 304) return answer;
    if (call.keep_missing && (status == 404 || status == 410)) return answer;
    return std::unexpected(explain(context, call, *answer));
  }
}

Result<net::ClientResponse> Client::Impl::attempt(const Context& context, const Call& call) {
  TRY_VOID(context.check());
  TRY_VOID(check_limit(context));
  TRY(std::string authorization, call.as == As::app ? authoriser.app_header(context) : authoriser.header(context));
  net::ClientRequest request;
  request.url = call.url;
  request.timeout = options.request_timeout;
  request.max_body_bytes = call.max_body_bytes;
  request.max_redirects = 3;
  request.headers = {{"Accept", call.json ? "application/vnd.github+json" : "*/*"},
                     {"X-GitHub-Api-Version", "2022-11-28"}};
  if (!authorization.empty()) request.headers.emplace_back("Authorization", std::move(authorization));
  if (!call.etag.empty()) request.headers.emplace_back("If-None-Match", call.etag);
  auto answer = http.send(context, request);
  if (answer) note_limit(*answer);
  return answer;
}

Result<void> Client::Impl::check_limit(const Context& context) const {
  const std::lock_guard lock(mutex);
  const UnixMs now = context.clock().now_ms();
  if (now >= paused_until) return {};
  auto error = fail(Code::limited,
                    fmt::format("GitHub's rate limit lasts for another {}", human_duration_ms(paused_until - now)));
  error.error().retry_after = Millis{paused_until - now};
  return error;
}

void Client::Impl::note_limit(const net::ClientResponse& answer) {
  const std::string_view remaining = answer.header("x-ratelimit-remaining");
  const std::string_view resource = answer.header("x-ratelimit-resource");
  if (remaining.empty() || !(resource.empty() || resource == "core")) return;
  const std::lock_guard lock(mutex);
  rate = {number(answer.header("x-ratelimit-limit"), -1), number(remaining, -1),
          number(answer.header("x-ratelimit-reset"), 0) * 1000};
}

// 403 and 429 mean a limit when they say so; then nothing is sent until it is over.
std::optional<Error> Client::Impl::limited(const Context& context, const net::ClientResponse& answer) {
  if (answer.status != 403 && answer.status != 429) return std::nullopt;
  const UnixMs now = context.clock().now_ms();
  const std::optional<Millis> told = answer.retry_after(context.clock());
  std::optional<Millis> wait = told;
  bool primary = false;
  if (!wait && answer.header("x-ratelimit-remaining") == "0") {
    // GitHub's clock against GitHub's clock: ours may be wrong.
    const UnixMs reset = number(answer.header("x-ratelimit-reset"), 0) * 1000;
    wait = Millis{reset - parse_http_date(answer.header("date")).value_or(now)};
    primary = true;
  }
  if (!wait && (answer.status == 429 || contains(to_lower(answer.body.substr(0, 4096)), "rate limit")))
    wait = kSecondaryPause;
  if (!wait) return std::nullopt;
  wait = std::clamp(*wait, Millis{1'000}, kLongestPause);
  {
    const std::lock_guard lock(mutex);
    paused_until = std::max(paused_until, now + wait->count());
  }
  Error error{Code::limited,
              fmt::format("GitHub's {} rate limit is reached", primary ? "primary" : "secondary"),
              {},
              nullptr,
              wait};
  if (primary)
    error.remedy = options.auth.token.empty() && !options.auth.is_app()
                       ? "set github.token: anonymous callers get 60 requests an hour"
                       : "a GitHub App has a rate limit of its own";
  return error;
}

Error Client::Impl::explain(const Context& context, const Call& call, const net::ClientResponse& answer) {
  const bool github = from_github(answer);
  if (auto limit = github ? limited(context, answer) : std::nullopt) return *std::move(limit);
  Error error{Code::unavailable,
              fmt::format("{} answered {} ({}) for {}", github ? "GitHub" : "GitHub's log store", answer.status,
                          words(answer), call.url.substr(options.api_url.size())),
              {},
              nullptr,
              {}};
  if (!github) return error;
  const bool anonymous = options.auth.token.empty() && !options.auth.is_app();
  const std::string_view who = options.auth.is_app() ? "App's installation" : "token";
  switch (answer.status) {
    case 401:
      error.code = Code::unauthorised;
      error.remedy = "github.token is wrong, expired or revoked: make a new one";
      break;
    case 403:
      error.code = Code::forbidden;
      error.remedy = contains(answer.body, "SAML")
                         ? "authorise the token for the organisation's single sign-on"
                         : fmt::format("give the {} the permission `{}` on this repository", who, call.needs);
      break;
    case 404:
    case 410:
      error.code = Code::not_found;
      error.remedy = fmt::format("check that it exists and that the {} may see it (permission `{}`)", who, call.needs);
      break;
    default:
      if (answer.status < 500) error.code = Code::invalid;
      error.retry_after = answer.retry_after(context.clock());
      return error;
  }
  if (anonymous) error.remedy = fmt::format("set github.token, or an App, with the permission `{}`", call.needs);
  return error;
}

Result<std::string> Client::Impl::get_cached(const Context& context, Call call, std::string* link) {
  const std::string key = (call.as == As::app ? "app " : "") + call.url;
  std::optional<CachedAnswer> known = cache.get(key);
  if (known) call.etag = known->etag;
  TRY(net::ClientResponse answer, exchange(context, call));
  if (answer.status == 304 && known) {
    if (link != nullptr) *link = known->link;
    return std::move(known->body);
  }
  if (const std::string_view etag = answer.header("etag"); !etag.empty()) {
    cache.put(key, {std::string(etag), answer.body, std::string(answer.header("link"))});
  }
  if (link != nullptr) *link = answer.header("link");
  return std::move(answer.body);
}

// A page's URL always below api_url, whatever the answer says: the token goes nowhere else.
std::string Client::Impl::rebase(std::string_view url) const {
  const std::string origin = origin_of(url);
  std::string_view path = url.substr(std::min(url.size(), origin.size()));
  const std::string_view base = std::string_view(options.api_url).substr(origin_of(options.api_url).size());
  if (path.starts_with(base)) path.remove_prefix(base.size());
  return options.api_url + std::string(path);
}

// Or from the store of logs that it redirected to.
bool Client::Impl::from_github(const net::ClientResponse& answer) const {
  return answer.final_url.empty() || origin_of(answer.final_url) == origin_of(options.api_url);
}

Client::Client(net::HttpClient& http, Options options) {
  while (options.api_url.ends_with('/')) options.api_url.pop_back();
  impl_ = std::make_unique<Impl>(http, std::move(options));
}
Client::~Client() = default;

Result<json::value> Client::get(const Context& context, std::string_view path, std::string_view needs, As as) {
  TRY(const std::string body,
      impl_->get_cached(context, {.url = impl_->options.api_url + std::string(path), .needs = needs, .as = as},
                        nullptr));
  auto value = parse_json(body);
  if (!value) return fail(std::move(value).error(), fmt::format("GitHub's answer for {}", path));
  return value;
}

Result<Client::Pages> Client::get_all(const Context& context, std::string_view path, std::string_view list_key,
                                      std::size_t max_items, std::string_view needs, As as,
                                      const std::function<bool(const json::value& item)>& enough) {
  Pages pages;
  std::string url = fmt::format("{}{}{}per_page={}", impl_->options.api_url, path, contains(path, "?") ? '&' : '?',
                                std::min<size_t>(max_items, 100));
  for (int page = 0; !url.empty(); ++page) {
    if (pages.items.size() >= max_items || page == kMaxPages) {
      pages.more = true;
      break;
    }
    std::string link;
    TRY(const std::string body, impl_->get_cached(context, {.url = url, .needs = needs, .as = as}, &link));
    auto value = parse_json(body);
    if (!value) return fail(std::move(value).error(), fmt::format("GitHub's answer for {}", path));
    const json::value* list = list_key.empty() ? &*value : find(*value, list_key);
    if (list == nullptr || !list->is_array())
      return fail(Code::invalid, fmt::format("GitHub's answer for {} holds no list", path));
    for (const json::value& item : list->get_array()) {
      if (pages.items.size() == max_items || (enough && enough(item))) {
        pages.more = true;
        return pages;
      }
      pages.items.push_back(item);
    }
    const std::string_view next = next_link(link);
    url = next.empty() ? std::string() : impl_->rebase(next);
  }
  return pages;
}

Result<net::ClientResponse> Client::download(const Context& context, std::string_view path, std::string_view needs) {
  return impl_->exchange(context, {.url = impl_->options.api_url + std::string(path),
                                   .needs = needs,
                                   .max_body_bytes = impl_->options.max_log_bytes,
                                   .keep_missing = true,
                                   .json = false});
}

Result<net::ClientResponse> Client::fetch(const Context& context, std::string_view path, std::string_view needs,
                                          As as) {
  return impl_->exchange(context, {.url = impl_->options.api_url + std::string(path), .needs = needs, .as = as});
}

RateLimit Client::rate_limit() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->rate;
}

const Options& Client::options() const { return impl_->options; }

Result<void> check_repository(std::string_view repository) {
  const auto good = [](std::string_view part) {
    return !part.empty() && part.size() <= 100 && part != "." && part != ".." &&
           std::all_of(part.begin(), part.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_' || c == '.';
           });
  };
  const auto parts = split(repository, '/');
  if (parts.size() == 2 && good(parts[0]) && good(parts[1])) return {};
  return fail(Code::invalid, fmt::format("\"{}\" is no repository name", truncate_utf8(clean_utf8(repository), 120)),
              "write owner/name");
}

}  // namespace fm::tools::github
