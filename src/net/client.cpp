#include "net/client.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "base/text.h"
#include "net/curl_session.h"
#include "net/proxy.h"

namespace fm::net {
namespace {

constexpr std::size_t kIdleSessions = 64;
// Never sent on to another origin.
constexpr std::string_view kSecretHeaders[] = {"authorization", "cookie",  "proxy-authorization",
                                               "x-api-key",     "api-key", "private-token"};

std::vector<Origin> parse_origins(const std::vector<std::string>& urls) {
  std::vector<Origin> out;
  for (const std::string& url : urls) {
    if (auto origin = parse_origin(url)) out.push_back(*std::move(origin));
  }
  return out;
}

bool contains(const std::vector<Origin>& origins, const Origin& origin) {
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

bool is_safe_header(const Header& header) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return !header.first.empty() && header.first.find_first_of(": ;") == std::string::npos &&
         header.first.find_first_of(kBreaks) == std::string::npos &&
         header.second.find_first_of(kBreaks) == std::string::npos;
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  for (auto at = headers.rbegin(); at != headers.rend(); ++at) {
    if (iequals(at->first, name)) return at->second;
  }
  return {};
}

std::optional<Millis> ClientResponse::retry_after(const Clock& clock) const {
  const std::string value(trim(header("retry-after")));
  if (value.empty()) return std::nullopt;
  constexpr std::int64_t kMostSeconds = 365 * 24 * 3600;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size()) {
    return Millis{std::clamp<std::int64_t>(seconds, 0, kMostSeconds) * 1000};
  }
  const time_t at = curl_getdate(value.c_str(), nullptr);
  if (at < 0) return std::nullopt;
  return Millis{
      std::clamp<std::int64_t>(static_cast<std::int64_t>(at) * 1000 - clock.now_ms(), 0, kMostSeconds * 1000)};
}

// Behind a proxy a name is resolved there, out of our sight; an address written as one is not.
static Result<void> check_literal(const Origin& origin) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  const bool is_v4 = ::inet_pton(AF_INET, origin.host.c_str(), &v4.sin_addr) == 1;
  const bool is_v6 = !is_v4 && ::inet_pton(AF_INET6, origin.host.c_str(), &v6.sin6_addr) == 1;
  const auto* address = is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  if ((is_v4 || is_v6) && !is_public_address(address)) return blocked_address(origin);
  return {};
}

struct HttpClient::Impl {
  explicit Impl(ClientOptions client_options)
      : options(std::move(client_options)),
        trusted(parse_origins(options.trusted_origins)),
        redirect_targets(parse_origins(options.redirect_origins)),
        proxies(ProxySettings::from_environment()) {}

  const ClientOptions options;
  const std::vector<Origin> trusted;
  const std::vector<Origin> redirect_targets;
  const ProxySettings proxies;

  using Sessions = std::vector<std::unique_ptr<CurlSession>>;
  std::mutex mutex;  // guards the three below
  // Apart, so that a guarded request never rides on a connection that was opened to a private address.
  Sessions idle_guarded;
  Sessions idle_trusted;
  std::map<std::string, std::size_t> in_use;  // transfers by origin
  std::condition_variable_any freed;

  // A session checked out for one transfer; holds one of its origin's places.
  class Lease {
   public:
    Lease(Impl& impl, const Origin& origin, bool guarded) : impl_(impl), origin_(origin.text()), guarded_(guarded) {}
    ~Lease() {
      if (session_) impl_.give_back(std::move(session_), origin_, guarded_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Result<CurlSession*> wait(const Context& context, Steady give_up) {
      TRY(session_, impl_.take(context, origin_, guarded_, give_up));
      return session_.get();
    }

   private:
    Impl& impl_;
    const std::string origin_;
    const bool guarded_;
    std::unique_ptr<CurlSession> session_;
  };

  Result<std::unique_ptr<CurlSession>> take(const Context& context, const std::string& origin, bool guarded,
                                            Steady give_up) {
    std::unique_lock lock(mutex);
    const auto free_place = [&] { return in_use[origin] < options.max_connections_per_host; };
    if (!freed.wait_until(lock, context.stop(), give_up, free_place)) {
      TRY_VOID(context.check());
      return fail(Code::timeout, "waited too long for a free connection to " + origin);
    }
    ++in_use[origin];
    Sessions& idle = guarded ? idle_guarded : idle_trusted;
    if (idle.empty()) return std::make_unique<CurlSession>(options);
    auto at =
        std::find_if(idle.rbegin(), idle.rend(), [&](const auto& session) { return session->last_origin() == origin; });
    if (at == idle.rend()) at = idle.rbegin();
    auto session = std::move(*at);
    idle.erase(std::next(at).base());
    return session;
  }

  void give_back(std::unique_ptr<CurlSession> session, const std::string& origin, bool guarded) {
    {
      const std::lock_guard lock(mutex);
      const auto at = in_use.find(origin);
      if (--at->second == 0) in_use.erase(at);
      Sessions& idle = guarded ? idle_guarded : idle_trusted;
      if (idle.size() < kIdleSessions) idle.push_back(std::move(session));
    }
    freed.notify_all();
  }

  Result<Hop> first_hop(const ClientRequest& request) const;
  Result<Hop> next_hop(const Hop& hop, const ClientResponse& response) const;
};

Result<Hop> HttpClient::Impl::first_hop(const ClientRequest& request) const {
  Hop hop;
  TRY(hop.origin, parse_origin(request.url));
  if (!std::all_of(request.headers.begin(), request.headers.end(), is_safe_header)) {
    return fail(Code::invalid, "a request header holds a line break or is no header name");
  }
  hop.method = request.method;
  hop.url = request.url;
  hop.headers = request.headers;
  hop.body = request.body;
  hop.proxy = proxies.proxy_for(hop.origin);
  hop.guarded = !contains(trusted, hop.origin);
  hop.body_to_sink = request.on_body != nullptr;
  hop.follow = request.max_redirects > 0;
  return hop;
}

Result<Hop> HttpClient::Impl::next_hop(const Hop& hop, const ClientResponse& response) const {
  Hop next = hop;
  TRY(next.url, resolve_url(hop.url, std::string(response.header("location"))));
  TRY(next.origin, parse_origin(next.url));
  const bool same = next.origin == hop.origin;
  const bool listed = contains(redirect_targets, next.origin);
  if (!same && !listed && hop.origin.scheme == "https" && next.origin.scheme == "http") {
    return fail(Code::forbidden, fmt::format("{} redirects from https to http", hop.origin.text()));
  }
  // An origin that an administrator trusts is trusted when we ask for it, not when a stranger sends us there.
  if (!same) next.guarded = !listed;
  next.proxy = proxies.proxy_for(next.origin);
  if (!same) {
    std::erase_if(next.headers, [](const Header& header) {
      return std::any_of(std::begin(kSecretHeaders), std::end(kSecretHeaders),
                         [&](std::string_view secret) { return iequals(header.first, secret); });
    });
  }
  const bool to_get = response.status == 303 ? hop.method != "HEAD" : response.status <= 302 && hop.method == "POST";
  if (to_get) {
    next.method = "GET";
    next.body = {};
    std::erase_if(next.headers, [](const Header& header) { return to_lower(header.first).starts_with("content-"); });
  }
  return next;
}

HttpClient::HttpClient(ClientOptions options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)ready;
  impl_ = std::make_unique<Impl>(std::move(options));
}
HttpClient::~HttpClient() = default;

Result<ClientResponse> HttpClient::send(const Context& context, const ClientRequest& request) {
  const Steady began = std::chrono::steady_clock::now();
  Result<ClientResponse> response = send_following(context, request);
  const auto& observer = impl_->options.on_exchange;
  const Result<Origin> origin = observer ? parse_origin(request.url) : Result<Origin>(fail(Code::invalid, "not asked"));
  if (origin) {
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    const bool ok = response && response->status < 500;
    observer(origin->text(), ok,
             ok         ? "answered"
             : response ? fmt::format("status {}", response->status)
                        : response.error().full(),
             took.count());
  }
  return response;
}

Result<ClientResponse> HttpClient::send_following(const Context& context, const ClientRequest& request) {
  TRY_VOID(context.check());
  const Steady give_up = std::chrono::steady_clock::now() + std::min(request.timeout, context.remaining());
  TRY(Hop hop, impl_->first_hop(request));
  for (int followed = 0;; ++followed) {
    ClientResponse response;
    {
      if (hop.guarded && !hop.proxy.empty()) TRY_VOID(check_literal(hop.origin));
      Impl::Lease lease(*impl_, hop.origin, hop.guarded);
      TRY(CurlSession* const session, lease.wait(context, give_up));
      TRY(response, session->run(context, request, hop, give_up));
    }
    const bool redirected = hop.follow && is_redirect(response.status) && !response.header("location").empty();
    if (!redirected) return response;
    if (followed >= request.max_redirects) {
      return fail(Code::invalid, fmt::format("{}: more than {}", hop.origin.text(),
                                             plural(static_cast<size_t>(request.max_redirects), "redirect")));
    }
    TRY(hop, impl_->next_hop(hop, response));
  }
}

}  // namespace fm::net
