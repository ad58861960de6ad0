#include "net/curl_session.h"

#include <algorithm>
#include <array>
#include <stop_token>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"

namespace fm::net {
namespace {

constexpr long kIdleConnections = 8;  // kept open per session
constexpr Millis kLongestPoll{1000};

struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

bool has_header(const std::vector<Header>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& header) { return iequals(header.first, name); });
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::unexpected<Error> blocked_address(const Origin& origin) {
  return fail(
      Code::forbidden, origin.text() + " is not a public address",
      "If it is meant, an administrator configures it as the base URL of its tool, or allows the redirect to it.");
}

// What libcurl's callbacks fill in.
struct CurlSession::Transfer {
  const ClientRequest* request = nullptr;
  const Hop* hop = nullptr;
  ClientResponse response;
  std::size_t received = 0;
  bool head_complete = false;
  bool too_large = false;
  bool sink_stopped = false;
  bool blocked = false;  // the guard refused an address
  std::unique_ptr<curl_slist, ListCleanup> headers;
  std::array<char, CURL_ERROR_SIZE> error{};

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self_pointer) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    const std::string_view line = trim({data, size});
    if (line.starts_with("HTTP/")) {
      self.response.headers.clear();  // an interim answer or a proxy's came before
      self.head_complete = false;
      const std::size_t space = line.find(' ');
      self.response.status =
          space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space + 1, 3)).c_str());
      return size;
    }
    if (line.empty()) self.head_complete = true;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    self.response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    return size;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self_pointer) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    self.received += size;
    if (self.received > self.request->max_body_bytes) {
      self.too_large = true;
      return 0;
    }
    const bool dropped = self.hop->follow && is_redirect(self.response.status);
    if (dropped) return size;
    if (self.hop->body_to_sink) {
      self.sink_stopped = !self.request->on_body({data, size});
      return self.sink_stopped ? 0 : size;
    }
    self.response.body.append(data, size);
    return size;
  }

  // The guard looks at the address that is connected to, so no spelling and no name server gets round it.
  static curl_socket_t open_socket(void* self_pointer, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    if (self.hop->guarded && self.hop->proxy.empty() && !is_public_address(&address->addr)) {
      self.blocked = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
};

CurlSession::CurlSession(const ClientOptions& options)
    : options_(options), multi_(curl_multi_init()), easy_(curl_easy_init()) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnections);
}

CurlSession::~CurlSession() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

void CurlSession::prepare(const ClientRequest& request, const Hop& hop, Transfer& transfer) {
  curl_easy_reset(easy_);
  const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
  set(CURLOPT_URL, hop.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a cancelled transfer does not wait for the resolver's thread
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_PROXY, hop.proxy.c_str());  // "" also turns libcurl's own look at the environment off
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request.connect_timeout.count(), 1)));
  set(CURLOPT_ERRORBUFFER, transfer.error.data());
  set(CURLOPT_PATH_AS_IS, 1L);
  if (!has_header(hop.headers, "accept-encoding")) set(CURLOPT_ACCEPT_ENCODING, "");

  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&transfer));

  const auto add_header = [&](const std::string& line) {
    transfer.headers.reset(curl_slist_append(transfer.headers.release(), line.c_str()));
  };
  if (hop.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (!hop.body.empty() || hop.method == "POST" || hop.method == "PUT" || hop.method == "PATCH") {
    set(CURLOPT_POST, 1L);
    // On a kept connection that dies without an answer libcurl sends the request a second time by itself. What changes
    // something must not be sent twice behind our back: it goes over a connection of its own.
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_POSTFIELDS, hop.body.data() == nullptr ? "" : hop.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(hop.body.size()));
    set(CURLOPT_CUSTOMREQUEST, hop.method.c_str());
    add_header("Expect:");  // libcurl would wait a second for 100 Continue
    if (!has_header(hop.headers, "content-type")) add_header("Content-Type:");
  } else if (hop.method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, hop.method.c_str());
  }
  for (const auto& [name, value] : hop.headers) {
    add_header(value.empty() ? name + ";" : name + ": " + value);  // "name;" is how libcurl sends an empty value
  }
  set(CURLOPT_HTTPHEADER, transfer.headers.get());
}

// Runs the transfer to its end, the context's stop or the deadline.
Result<CURLcode> CurlSession::drive(const Context& context, Steady give_up) {
  const std::stop_callback wake(context.stop(), [this] { curl_multi_wakeup(multi_); });
  for (int running = 1; running > 0;) {
    if (context.stop().stop_requested()) return fail(Code::cancelled, "stopped");
    const auto left = std::chrono::duration_cast<Millis>(give_up - std::chrono::steady_clock::now());
    if (left.count() <= 0 || context.remaining().count() <= 0) return fail(Code::timeout, "no complete answer in time");
    if (const CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
      return fail(Code::internal, curl_multi_strerror(code));
    }
    if (running == 0) break;
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::min(left, kLongestPoll).count()) + 1, nullptr);
  }
  for (int queued = 0; CURLMsg* message = curl_multi_info_read(multi_, &queued);) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return fail(Code::internal, "libcurl ended a transfer without a result");
}

Result<ClientResponse> CurlSession::run(const Context& context, const ClientRequest& request, const Hop& hop,
                                        Steady give_up) {
  Transfer transfer;
  transfer.request = &request;
  transfer.hop = &hop;
  transfer.response.final_url = hop.url;
  prepare(request, hop, transfer);
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return fail(Code::internal, "libcurl refused the transfer");
  auto result = drive(context, give_up);
  curl_multi_remove_handle(multi_, easy_);
  last_origin_ = hop.origin.text();

  const std::string what = fmt::format("{} {}", hop.method, hop.origin.text());
  if (!result) return fail(std::move(result).error(), what);
  if (transfer.too_large) {
    return fail(Code::too_large,
                fmt::format("{}: the answer is larger than {}", what, human_bytes(request.max_body_bytes)));
  }
  if (transfer.sink_stopped) return fail(Code::cancelled, what + ": the reader stopped");
  const CURLcode code = *result;
  if (code != CURLE_OK && transfer.blocked) {
    return blocked_address(hop.origin);
  }
  if (code != CURLE_OK) {
    const std::string_view detail = transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    const Code kind =
        code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ? Code::invalid : Code::unavailable;
    return fail(kind, fmt::format("{}: {}", what, detail));
  }
  // libcurl forgives a connection that ends within the headers.
  if (!transfer.head_complete) return fail(Code::unavailable, what + ": the answer's head was cut off");
  if (!has_header(hop.headers, "accept-encoding") && has_header(transfer.response.headers, "content-encoding")) {
    // The body is decoded; these spoke of the coded one.
    std::erase_if(transfer.response.headers, [](const Header& header) {
      return iequals(header.first, "content-encoding") || iequals(header.first, "content-length");
    });
  }
  return std::move(transfer.response);
}

}  // namespace fm::net
