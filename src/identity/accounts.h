// Who may come in: the first administrator (by a one-time set-up link), API keys, sessions, sign-in links.
//
// Secrets are random (256 bits) and stored as SHA-256 only. Roles: viewer reads, operator also retries and removes
// demo data, admin also manages keys.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "store/db.h"

namespace fm::identity {

std::span<const store::Migration> account_migrations();

enum class Role { viewer, operator_, admin };
std::string_view to_string(Role role);
Result<Role> parse_role(std::string_view name);

struct User {
  std::string id, name;
  Role role = Role::viewer;
};

// Someone who proved who they are. csrf_token is empty unless a session cookie proved it.
struct Visitor {
  User user;
  std::string csrf_token;
  UnixMs expires_at = 0;  // 0: does not end by itself
};

struct ApiKey {
  std::string id, name, prefix;  // prefix: the first characters, to recognise it by
  Role role = Role::viewer;
  UnixMs created_at = 0, expires_at = 0, last_used_at = 0;
};

struct NewSession {
  std::string token;  // goes into the cookie, shown nowhere else
  Visitor visitor;
};

struct AccountOptions {
  std::string admin_key;  // FIRSTMATE_ADMIN_KEY; empty: none
  std::string local_key;  // the data directory's own key, for commands on this machine
  Millis session_life{7LL * 24 * 3600 * 1000};
  Millis link_life{15 * 60 * 1000};  // of a sign-in link; the set-up link lasts until used or restart
};

// Thread-safe.
class Accounts {
 public:
  Accounts(store::Db& db, const Clock& clock, AccountOptions options);

  // True until the set-up link made the first administrator.
  Result<bool> setup_required() const;
  // The present one-time token of the set-up link.
  std::string setup_token() const;
  // Errors: unauthorised (wrong or used token), conflict (set up already), invalid (name).
  Result<NewSession> set_up(const Context& context, std::string_view token, std::string_view name);

  // A one-time link for an existing user (the first administrator when user_id is empty).
  Result<std::string> new_link_token(const Context& context, std::string_view user_id = {});
  Result<NewSession> sign_in_with_link(const Context& context, std::string_view token);
  Result<NewSession> sign_in_with_key(const Context& context, std::string_view api_key);
  Result<void> sign_out(const Context& context, std::string_view session_token);

  // Errors: unauthorised.
  Result<Visitor> by_session(std::string_view token) const;
  Result<Visitor> by_key(std::string_view key) const;

  struct CreatedKey {
    ApiKey key;
    std::string secret;  // the whole key; shown once
  };
  Result<CreatedKey> create_key(const Context& context, std::string_view name, Role role, UnixMs expires_at);
  Result<std::vector<ApiKey>> list_keys(std::string_view after_id, size_t limit) const;
  Result<void> revoke_key(const Context& context, std::string_view id);

 private:
  Result<NewSession> open_session(const Context& context, const User& user);

  store::Db& db_;
  const Clock& clock_;
  AccountOptions options_;
  mutable std::mutex mutex_;
  std::string setup_token_;  // guarded by mutex_
};

}  // namespace fm::identity
