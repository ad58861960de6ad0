// Who firstmate is to GitHub: nobody, a token, or an App whose installation tokens live an hour and are renewed here.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
#pragma once

#include <mutex>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "net/client.h"

namespace fm::tools::github {

struct AppAuth {
  std::string app_id;  // or the client id
  std::string installation_id;
  std::string private_key_pem;  // RSA; PKCS#1 as GitHub hands it out, or PKCS#8
};

// At most one is set; none: anonymous (60 requests an hour, public repositories, no logs).
struct Auth {
  std::string token;  // classic, fine-grained or GITHUB_TOKEN
  AppAuth app;
  bool is_app() const { return !app.app_id.empty(); }
};

// Makes Authorization headers. Thread-safe; several callers that need a new installation token make one request.
class Authoriser {
 public:
  Authoriser(net::HttpClient& http, std::string api_url, Auth auth);

  // "Bearer …" for the API at large; empty when anonymous. Errors: invalid (private key), unauthorised, not_found
  // (installation), limited, unavailable, timeout, cancelled.
  Result<std::string> header(const Context& context);
  // "Bearer <JWT>" for /app and /app/hook/…; invalid when this is no App.
  Result<std::string> app_header(const Context& context) const;
  // After a 401: the next header() fetches a new installation token. False when there is nothing to renew.
  bool forget();

  const Auth& auth() const { return auth_; }

 private:
  Result<void> renew(const Context& context);

  net::HttpClient& http_;
  const std::string api_url_;
  const Auth auth_;
  std::mutex mutex_;  // guards the two below; held over the renewal so that one caller does it for all
  std::string token_;
  UnixMs renew_at_ = 0;  // five minutes before it expires
};

}  // namespace fm::tools::github
