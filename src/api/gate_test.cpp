#include "api/gate.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "store/testing.h"

namespace fm::api {
namespace {

using identity::Role;
using identity::Visitor;
using store::testing::context_of;
using store::testing::told;

class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, identity::account_migrations())), "ok");
    accounts_ = std::make_unique<identity::Accounts>(*db_, clock_, identity::AccountOptions{});
    gate_ = std::make_unique<Gate>(*accounts_);
    session_ = accounts_->set_up(context_of(clock_), accounts_->setup_token(), "Ada").value();
  }
  ~GateTest() override { db_->close(); }

  std::string key(Role role) { return accounts_->create_key(context_of(clock_), "ci", role, 0).value().secret; }
  static net::Request request(std::string method, std::vector<net::Header> headers, std::string path = "/x") {
    net::Request out;
    out.method = std::move(method);
    out.target = out.path = std::move(path);
    out.headers = std::move(headers);
    return out;
  }
  net::Header cookie() const { return {"Cookie", "other=1; " + std::string(kSessionCookie) + "=" + session_.token}; }
  net::Header csrf() const { return {std::string(kCsrfHeader), session_.visitor.csrf_token}; }
  static net::Header bearer(const std::string& secret) { return {"Authorization", "Bearer " + secret}; }
  // The status of a guarded handler that answers 200 and counts.
  int ask(Role least, net::Request one) {
    const auto handler = gate_->guard(
        least, [this](const Context& context, const net::Request&, const Visitor& visitor) -> Result<net::Response> {
          ++calls_;
          who_ = visitor.user.name;
          role_in_context_ = context.principal().role;
          if (error_) return std::unexpected(*error_);
          return net::Response::json(201, "{\"call\":" + std::to_string(calls_) + "}");
        });
    last_ = handler(context_of(clock_), one);
    return last_.status;
  }

  store::testing::TempDir dir_{true};
  FakeClock clock_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<identity::Accounts> accounts_;
  std::unique_ptr<Gate> gate_;
  identity::NewSession session_;
  int calls_ = 0;
  std::string who_, role_in_context_;
  std::optional<Error> error_;
  net::Response last_;
};

TEST_F(GateTest, ProofsThatAreTaken) {
  const std::string secret = key(Role::viewer);
  EXPECT_EQ(ask(Role::viewer, request("GET", {bearer(secret)})), 201);
  EXPECT_EQ(ask(Role::viewer, request("GET", {{"authorization", "bearer   " + secret + " "}})), 201);
  EXPECT_EQ(ask(Role::viewer, request("GET", {{"X-Api-Key", secret}})), 201);
  EXPECT_EQ(ask(Role::viewer, request("GET", {cookie()})), 201);
  EXPECT_EQ(who_, "Ada");
  EXPECT_EQ(role_in_context_, "admin");
}

TEST_F(GateTest, ProofsThatAreNot) {
  const std::string secret = key(Role::admin);
  const std::vector<std::vector<net::Header>> table = {
      {},
      {{"Authorization", "Bearer "}},
      {{"Authorization", "Basic " + secret}},
      {{"Authorization", secret}},
      {bearer(secret + "x")},
      {bearer("x"), cookie()},
      {{"X-Api-Key", "x"}},
      {{"Cookie", std::string(kSessionCookie) + "="}},
      {{"Cookie", std::string(kSessionCookie) + "=" + session_.token + "x"}},
      {{"Cookie", "x" + std::string(kSessionCookie) + "=" + session_.token}},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(ask(Role::viewer, request("GET", table[i])), 401) << i;
    EXPECT_TRUE(contains(last_.body, "\"remedy\"")) << i;
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(GateTest, RolesAreARank) {
  const Role roles[] = {Role::viewer, Role::operator_, Role::admin};
  for (const Role has : roles) {
    const std::string secret = key(has);
    for (const Role least : roles) {
      EXPECT_EQ(ask(least, request("GET", {bearer(secret)})), has >= least ? 201 : 403)
          << to_string(has) << " for " << to_string(least);
    }
  }
}

TEST_F(GateTest, AWriteWithACookieNeedsTheToken) {
  for (const char* method : {"POST", "DELETE", "PUT", "PATCH"}) {
    EXPECT_EQ(ask(Role::viewer, request(method, {cookie()})), 403) << method;
    EXPECT_EQ(ask(Role::viewer, request(method, {cookie(), {std::string(kCsrfHeader), ""}})), 403) << method;
    EXPECT_EQ(ask(Role::viewer, request(method, {cookie(), {std::string(kCsrfHeader), "wrong"}})), 403) << method;
    EXPECT_EQ(ask(Role::viewer, request(method, {cookie(), csrf()})), 201) << method;
  }
  EXPECT_EQ(ask(Role::viewer, request("HEAD", {cookie()})), 201);
  EXPECT_EQ(ask(Role::viewer, request("POST", {bearer(key(Role::viewer))})), 201) << "no browser sends a key by itself";
}

TEST_F(GateTest, TheSameIdempotencyKeyIsAnsweredFromMemory) {
  const net::Header one = bearer(key(Role::viewer)), two = bearer(key(Role::viewer)),
                    idempotent = {"Idempotency-Key", "k1"};
  EXPECT_EQ(ask(Role::viewer, request("POST", {one, idempotent})), 201);
  const std::string first = last_.body;
  EXPECT_EQ(ask(Role::viewer, request("POST", {one, idempotent})), 201);
  EXPECT_EQ(last_.body, first);
  EXPECT_EQ(calls_, 1);
  ask(Role::viewer, request("POST", {one, {"Idempotency-Key", "k2"}}));
  ask(Role::viewer, request("POST", {two, idempotent}));
  ask(Role::viewer, request("POST", {one, idempotent}, "/other"));
  ask(Role::viewer, request("DELETE", {one, idempotent}));
  EXPECT_EQ(calls_, 5) << "another key, visitor, path or method is another thing";
  ask(Role::viewer, request("GET", {one, idempotent}));
  ask(Role::viewer, request("GET", {one, idempotent}));
  EXPECT_EQ(calls_, 7) << "reads are never remembered";
}

TEST_F(GateTest, LongIdempotencyKeysAreToldApart) {
  const net::Header who = bearer(key(Role::viewer));
  const std::string same(128, 'a');
  ask(Role::viewer, request("POST", {who, {"Idempotency-Key", same + "1"}}));
  ask(Role::viewer, request("POST", {who, {"Idempotency-Key", same + "2"}}));
  EXPECT_EQ(calls_, 2) << "either both run, or the key is refused";
}

TEST_F(GateTest, FailedAnswersAreNotRemembered) {
  const net::Header who = bearer(key(Role::viewer)), idempotent = {"Idempotency-Key", "k1"};
  error_ = Error{Code::unavailable, "not now"};
  EXPECT_EQ(ask(Role::viewer, request("POST", {who, idempotent})), 503);
  error_.reset();
  EXPECT_EQ(ask(Role::viewer, request("POST", {who, idempotent})), 201);
}

TEST_F(GateTest, ARevokedVisitorGetsNoRememberedAnswer) {
  const auto created = accounts_->create_key(context_of(clock_), "ci", Role::viewer, 0).value();
  const net::Header who = bearer(created.secret), idempotent = {"Idempotency-Key", "k1"};
  EXPECT_EQ(ask(Role::viewer, request("POST", {who, idempotent})), 201);
  FM_ASSERT_OK(accounts_->revoke_key(context_of(clock_), created.key.id));
  EXPECT_EQ(ask(Role::viewer, request("POST", {who, idempotent})), 401);
}

TEST_F(GateTest, OnlyTheLastThousandAnswersAreKept) {
  const net::Header who = bearer(key(Role::viewer));
  for (int i = 0; i < 1'001; ++i)
    ask(Role::viewer, request("POST", {who, {"Idempotency-Key", "k" + std::to_string(i)}}));
  EXPECT_EQ(calls_, 1'001);
  ask(Role::viewer, request("POST", {who, {"Idempotency-Key", "k1000"}}));
  EXPECT_EQ(calls_, 1'001);
  ask(Role::viewer, request("POST", {who, {"Idempotency-Key", "k0"}}));
  EXPECT_EQ(calls_, 1'002) << "the oldest was forgotten";
}

TEST_F(GateTest, StreamsAskTheSame) {
  const auto guard = gate_->guard_stream();
  net::Request nobody = request("GET", {}), somebody = request("GET", {cookie()});
  const auto refused = guard(context_of(clock_), nobody);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 401);
  EXPECT_FALSE(guard(context_of(clock_), somebody).has_value());
}

TEST_F(GateTest, AnErrorOfTheHandlerIsAProblem) {
  error_ = Error{Code::not_found, "no such thing", "look elsewhere", nullptr, std::nullopt};
  EXPECT_EQ(ask(Role::viewer, request("GET", {cookie()})), 404);
  EXPECT_TRUE(contains(last_.body, "look elsewhere"));
}

TEST(ListParameters, Limit) {
  const auto limit = [](const std::string& query) {
    net::Request request;
    request.query = query;
    return limit_of(request);
  };
  EXPECT_EQ(limit("").value(), 50U);
  EXPECT_EQ(limit("limit=1").value(), 1U);
  EXPECT_EQ(limit("limit=200").value(), 200U);
  for (const char* bad : {"limit=", "limit=0", "limit=201", "limit=-1", "limit=1x", "limit=+5",
                          "limit=99999999999999999999", "limit=%20"})
    EXPECT_FALSE(limit(bad)) << bad;
}

TEST(ListParameters, CursorsComeBackAsTheyWere) {
  const auto parse = [](const std::string& cursor) {
    net::Request request;
    request.query = "cursor=" + net::url_encode(cursor);
    return parse_cursor(request);
  };
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{1'764'000'000'000}, std::int64_t{-5}, INT64_MAX}) {
    const auto back = parse(make_cursor(number, "fail_01.x"));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->first, number);
    EXPECT_EQ(back->second, "fail_01.x");
  }
  EXPECT_EQ(parse("").value().first, 0);
  for (const char* bad : {"x", "12", ".x", "12x.y", "99999999999999999999.x", " 1.x"}) {
    const auto refused = parse(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Code::invalid);
  }
}

}  // namespace
}  // namespace fm::api
