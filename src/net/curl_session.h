// One libcurl multi handle with its connections, and one transfer at a time on it. Inside net only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "base/context.h"
#include "base/result.h"
#include "net/address.h"
#include "net/client.h"

namespace fm::net {

// What one hop needs beyond the request.
struct Hop {
  std::string method;
  std::string url;
  Origin origin;
  std::vector<Header> headers;
  std::string_view body;
  std::string proxy;          // empty: none
  bool guarded = true;        // only public addresses may be connected to
  bool body_to_sink = false;  // ClientRequest::on_body takes this hop's body, unless its answer is a redirect
  bool follow = false;        // a redirect's body is of no interest
};

// Used by one thread at a time.
class CurlSession {
 public:
  explicit CurlSession(const ClientOptions& options);
  ~CurlSession();
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;

  Result<ClientResponse> run(const Context& context, const ClientRequest& request, const Hop& hop, Steady give_up);
  // The origin that the last transfer went to: its connection is probably still open.
  const std::string& last_origin() const { return last_origin_; }

 private:
  struct Transfer;
  void prepare(const ClientRequest& request, const Hop& hop, Transfer& transfer);
  Result<CURLcode> drive(const Context& context, Steady give_up);

  const ClientOptions& options_;
  CURLM* multi_;
  CURL* easy_;
  std::string last_origin_;
};

bool is_redirect(int status);
// The guard's refusal.
std::unexpected<Error> blocked_address(const Origin& origin);

}  // namespace fm::net
