// Called by api/session, api/keys and api/gate; hands to the store.
#include "identity/accounts.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "guard/bytes.h"
#include "guard/hmac.h"

namespace fm::identity {
namespace {

constexpr store::Migration kMigrations[] = {
    {201, "accounts",
     "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, created_at BIGINT NOT NULL);"
     "CREATE TABLE sessions (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, csrf TEXT NOT NULL, created_at BIGINT NOT "
     "NULL,"
     " expires_at BIGINT NOT NULL);"
     "CREATE TABLE api_keys (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, prefix TEXT NOT NULL,"
     " role TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL);"
     "CREATE TABLE sign_in_links (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, expires_at BIGINT NOT NULL)"},
};

constexpr Millis kTouchEvery{60'000};  // how exactly last_used_at is kept
constexpr size_t kMaxName = 80;

std::string hash_of(std::string_view secret) { return guard::to_hex(guard::sha256(secret)); }

// Who signs in with a configured key: another key is another visitor, so that old sessions end with the old key.
std::string configured_id(std::string_view name, std::string_view key) {
  return key.empty() ? std::string() : fmt::format("{}_{}", name, hash_of(key).substr(0, 12));
}

Result<std::string> checked_name(std::string_view name) {
  const std::string clean(trim(clean_utf8(name)));
  if (clean.empty() || clean.size() > kMaxName) {
    return fail(Code::invalid, "the name is empty or longer than 80 bytes", "give a name of 1 to 80 bytes");
  }
  return clean;
}

}  // namespace

std::span<const store::Migration> account_migrations() { return kMigrations; }

std::string_view to_string(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "viewer";
}

Result<Role> parse_role(std::string_view name) {
  for (const Role role : {Role::viewer, Role::operator_, Role::admin}) {
    if (name == to_string(role)) return role;
  }
  return fail(Code::invalid, fmt::format("'{}' is no role", name), "use viewer, operator or admin");
}

Accounts::Accounts(store::Db& db, const Clock& clock, AccountOptions options)
    : db_(db), clock_(clock), options_(std::move(options)), setup_token_(random_hex(24)) {}

Result<bool> Accounts::setup_required() const {
  bool any = false;
  TRY_VOID(db_.read("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1", {}, [&](const store::Row&) { any = true; }));
  return !any;
}

std::string Accounts::setup_token() const {
  const std::lock_guard lock(mutex_);
  return setup_token_;
}

Result<NewSession> Accounts::set_up(const Context& context, std::string_view token, std::string_view name) {
  TRY(const std::string clean_name, checked_name(name));
  if (!guard::equal_constant_time(token, setup_token())) {
    return fail(Code::unauthorised, "this set-up link is not valid (any more)",
                "use the newest link that the server printed at its start, or run `firstmate login-link`");
  }
  const User user{new_id("user_", clock_), clean_name, Role::admin};
  TRY_VOID(db_.write(context, [&](store::Tx& tx) -> Result<void> {
    bool any = false;
    TRY_VOID(tx.run("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1", {}, [&](const store::Row&) { any = true; }));
    if (any)
      return fail(Code::conflict, "firstmate is set up already",
                  "sign in with an API key, or run `firstmate login-link`");
    return tx.run("INSERT INTO users (id, name, role, created_at) VALUES ($1, $2, 'admin', $3)",
                  {std::string_view(user.id), std::string_view(user.name), clock_.now_ms()});
  }));
  {
    const std::lock_guard lock(mutex_);
    setup_token_ = random_hex(24);
  }
  return open_session(context, user);
}

Result<NewSession> Accounts::open_session(const Context& context, const User& user) {
  NewSession session{random_hex(32), {user, random_hex(16), clock_.now_ms() + options_.session_life.count()}};
  const std::string hash = hash_of(session.token);
  TRY_VOID(db_.write(context, [&](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.run("DELETE FROM sessions WHERE expires_at < $1", {clock_.now_ms()}));
    return tx.run("INSERT INTO sessions (hash, user_id, csrf, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
                  {std::string_view(hash), std::string_view(user.id), std::string_view(session.visitor.csrf_token),
                   clock_.now_ms(), session.visitor.expires_at});
  }));
  return session;
}

Result<std::string> Accounts::new_link_token(const Context& context, std::string_view user_id) {
  std::string found;
  TRY_VOID(db_.read("SELECT id FROM users WHERE ($1 = '' AND role = 'admin') OR id = $1 ORDER BY id LIMIT 1", {user_id},
                    [&](const store::Row& row) { found = row.text(0); }));
  if (found.empty()) return fail(Code::not_found, "there is no such user yet", "open the set-up link first");
  std::string token = random_hex(24);
  const std::string hash = hash_of(token);
  TRY_VOID(db_.write(context, [&](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.run("DELETE FROM sign_in_links WHERE expires_at < $1", {clock_.now_ms()}));
    return tx.run("INSERT INTO sign_in_links (hash, user_id, expires_at) VALUES ($1, $2, $3)",
                  {std::string_view(hash), std::string_view(found), clock_.now_ms() + options_.link_life.count()});
  }));
  return token;
}

Result<NewSession> Accounts::sign_in_with_link(const Context& context, std::string_view token) {
  const std::string hash = hash_of(token);
  User user;
  TRY_VOID(db_.write(context, [&](store::Tx& tx) -> Result<void> {
    std::string user_id;
    TRY_VOID(tx.run("DELETE FROM sign_in_links WHERE hash = $1 AND expires_at >= $2 RETURNING user_id",
                    {std::string_view(hash), clock_.now_ms()}, [&](const store::Row& row) { user_id = row.text(0); }));
    if (user_id.empty())
      return fail(Code::unauthorised, "this sign-in link was used already or has expired",
                  "run `firstmate login-link` for a new one");
    return tx.run(
        "SELECT id, name, role FROM users WHERE id = $1", {std::string_view(user_id)}, [&](const store::Row& row) {
          user = {std::string(row.text(0)), std::string(row.text(1)), parse_role(row.text(2)).value_or(Role::viewer)};
        });
  }));
  return open_session(context, user);
}

Result<NewSession> Accounts::sign_in_with_key(const Context& context, std::string_view api_key) {
  TRY(const Visitor visitor, by_key(api_key));
  return open_session(context, visitor.user);
}

Result<void> Accounts::sign_out(const Context& context, std::string_view session_token) {
  const std::string hash = hash_of(session_token);
  return db_.write(
      context, [&](store::Tx& tx) { return tx.run("DELETE FROM sessions WHERE hash = $1", {std::string_view(hash)}); });
}

Result<Visitor> Accounts::by_session(std::string_view token) const {
  const std::string hash = hash_of(token);
  std::optional<Visitor> found;
  // A session opened with an API key belongs to that key: it ends with it.
  TRY_VOID(db_.read(
      "SELECT s.user_id, COALESCE(u.name, k.name), COALESCE(u.role, k.role), s.csrf, s.expires_at FROM sessions s"
      " LEFT JOIN users u ON u.id = s.user_id LEFT JOIN api_keys k ON k.id = s.user_id"
      " AND (k.expires_at = 0 OR k.expires_at > $2) WHERE s.hash = $1 AND s.expires_at > $2",
      {std::string_view(hash), clock_.now_ms()}, [&](const store::Row& row) {
        const std::string id(row.text(0));
        if (!row.is_null(2)) {
          found = Visitor{{id, std::string(row.text(1)), parse_role(row.text(2)).value_or(Role::viewer)},
                          std::string(row.text(3)),
                          row.integer(4)};
        } else if (id == configured_id("admin_key", options_.admin_key) ||
                   id == configured_id("local", options_.local_key)) {
          found = Visitor{{id, "administrator", Role::admin}, std::string(row.text(3)), row.integer(4)};
        }
      }));
  if (!found) return fail(Code::unauthorised, "the session has ended", "sign in again");
  return *std::move(found);
}

Result<Visitor> Accounts::by_key(std::string_view key) const {
  const auto unknown = [] {
    return fail(Code::unauthorised, "this API key is not known",
                "create a key on the page under API keys, or check for a missing character");
  };
  if (key.empty()) return unknown();
  if (!options_.admin_key.empty() && guard::equal_constant_time(key, options_.admin_key))
    return Visitor{{configured_id("admin_key", options_.admin_key), "administrator", Role::admin}, {}, 0};
  if (!options_.local_key.empty() && guard::equal_constant_time(key, options_.local_key))
    return Visitor{{configured_id("local", options_.local_key), "local command", Role::admin}, {}, 0};
  const std::string hash = hash_of(key);
  std::optional<Visitor> found;
  UnixMs last_used = 0;
  TRY_VOID(db_.read("SELECT id, name, role, expires_at, last_used_at FROM api_keys WHERE hash = $1",
                    {std::string_view(hash)}, [&](const store::Row& row) {
                      found = Visitor{{std::string(row.text(0)), std::string(row.text(1)),
                                       parse_role(row.text(2)).value_or(Role::viewer)},
                                      {},
                                      row.integer(3)};
                      last_used = row.integer(4);
                    }));
  if (!found) return unknown();
  const UnixMs now = clock_.now_ms();
  if (found->expires_at != 0 && found->expires_at <= now)
    return fail(Code::unauthorised, "this API key has expired", "create a new one on the page under API keys");
  if (now - last_used > kTouchEvery.count()) {
    const auto touch = [id = found->user.id, now](store::Tx& tx) {
      return tx.run("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", {std::string_view(id), now});
    };
    db_.write_async(touch, 64, [](Result<void>) {});  // a lost touch costs nothing
  }
  return *std::move(found);
}

Result<Accounts::CreatedKey> Accounts::create_key(const Context& context, std::string_view name, Role role,
                                                  UnixMs expires_at) {
  TRY(const std::string clean_name, checked_name(name));
  if (expires_at != 0 && expires_at <= clock_.now_ms())
    return fail(Code::invalid, "expires_at is in the past", "give a later time, or none");
  CreatedKey created;
  created.secret = "fm_" + random_hex(32);
  created.key = {new_id("key_", clock_), clean_name, created.secret.substr(0, 9), role, clock_.now_ms(), expires_at, 0};
  const std::string hash = hash_of(created.secret);
  TRY_VOID(db_.write(context, [&](store::Tx& tx) {
    return tx.run(
        "INSERT INTO api_keys (id, hash, name, prefix, role, created_at, expires_at, last_used_at) VALUES "
        "($1,$2,$3,$4,$5,$6,$7,0)",
        {std::string_view(created.key.id), std::string_view(hash), std::string_view(created.key.name),
         std::string_view(created.key.prefix), to_string(role), created.key.created_at, expires_at});
  }));
  return created;
}

Result<std::vector<ApiKey>> Accounts::list_keys(std::string_view after_id, size_t limit) const {
  std::vector<ApiKey> keys;
  TRY_VOID(
      db_.read("SELECT id, name, prefix, role, created_at, expires_at, last_used_at FROM api_keys WHERE id > $1 ORDER "
               "BY id LIMIT $2",
               {after_id, static_cast<std::int64_t>(limit)}, [&](const store::Row& row) {
                 keys.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                                 parse_role(row.text(3)).value_or(Role::viewer), row.integer(4), row.integer(5),
                                 row.integer(6)});
               }));
  return keys;
}

Result<void> Accounts::revoke_key(const Context& context, std::string_view id) {
  return db_.write(context, [&](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.run("DELETE FROM api_keys WHERE id = $1", {id}));
    if (tx.changes() == 0) return fail(Code::not_found, "there is no such API key");
    return tx.run("DELETE FROM sessions WHERE user_id = $1", {id});
  });
}

}  // namespace fm::identity
