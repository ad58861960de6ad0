#include "identity/accounts.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "store/testing.h"

namespace fm::identity {
namespace {

using store::testing::context_of;
using store::testing::told;

constexpr Millis kDay{86'400'000};
const std::string kAdminKey = "an-administrators-key-of-32-characters";

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, account_migrations())), "ok");
    accounts_ = std::make_unique<Accounts>(*db_, clock_, options_with_keys());
  }
  ~AccountsTest() override { db_->close(); }

  static AccountOptions options_with_keys() {
    AccountOptions options;
    options.admin_key = kAdminKey;
    options.local_key = "fm_local_key";
    return options;
  }
  Context context() const { return context_of(clock_); }
  NewSession set_up() {
    auto session = accounts_->set_up(context(), accounts_->setup_token(), "Ada");
    EXPECT_EQ(told(session), "ok");
    return session ? *session : NewSession{};
  }
  Accounts::CreatedKey key(Role role = Role::viewer, UnixMs expires_at = 0, std::string_view name = "ci") {
    auto created = accounts_->create_key(context(), name, role, expires_at);
    EXPECT_EQ(told(created), "ok");
    return created ? *created : Accounts::CreatedKey{};
  }

  store::testing::TempDir dir_{true};
  FakeClock clock_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<Accounts> accounts_;
};

TEST_F(AccountsTest, TheSetUpLinkWorksOnce) {
  EXPECT_TRUE(accounts_->setup_required().value());
  const std::string token = accounts_->setup_token();
  EXPECT_GE(token.size(), 32U);
  FM_EXPECT_CODE(accounts_->set_up(context(), "wrong", "Ada"), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->set_up(context(), "", "Ada"), Code::unauthorised);
  const auto session = accounts_->set_up(context(), token, "  Ada  ");
  ASSERT_EQ(told(session), "ok");
  EXPECT_EQ(session->visitor.user.name, "Ada");
  EXPECT_EQ(session->visitor.user.role, Role::admin);
  EXPECT_FALSE(accounts_->setup_required().value());
  FM_EXPECT_CODE(accounts_->set_up(context(), token, "Eve"), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->set_up(context(), accounts_->setup_token(), "Eve"), Code::conflict);
  EXPECT_EQ(accounts_->by_session(session->token).value().user.name, "Ada");
}

TEST_F(AccountsTest, ARestartMakesAnotherSetUpLink) {
  const std::string before = accounts_->setup_token();
  Accounts again(*db_, clock_, {});
  FM_EXPECT_CODE(again.set_up(context(), before, "Eve"), Code::unauthorised);
  EXPECT_EQ(told(again.set_up(context(), again.setup_token(), "Ada")), "ok");
}

TEST_F(AccountsTest, NamesAreOneToEightyBytes) {
  const std::string token = accounts_->setup_token();
  for (const std::string& name : {std::string(), std::string("  \t "), std::string(81, 'x'), std::string("\x01\x02")})
    FM_EXPECT_CODE(accounts_->set_up(context(), token, name), Code::invalid);
  EXPECT_EQ(told(accounts_->set_up(context(), token, std::string(80, 'x'))), "ok") << "a refused name uses nothing up";
}

TEST_F(AccountsTest, SessionsEnd) {
  const NewSession session = set_up();
  EXPECT_EQ(session.visitor.expires_at, clock_.now_ms() + 7 * kDay.count());
  EXPECT_GE(session.token.size(), 64U);
  EXPECT_FALSE(session.visitor.csrf_token.empty());
  EXPECT_EQ(accounts_->by_session(session.token).value().csrf_token, session.visitor.csrf_token);
  clock_.advance(7 * kDay - Millis{1});
  EXPECT_EQ(told(accounts_->by_session(session.token)), "ok");
  clock_.advance(Millis{1});
  FM_EXPECT_CODE(accounts_->by_session(session.token), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->by_session(""), Code::unauthorised);
}

TEST_F(AccountsTest, SigningOutEndsThatSessionOnly) {
  const NewSession one = set_up();
  const auto two = accounts_->sign_in_with_link(context(), accounts_->new_link_token(context()).value());
  ASSERT_EQ(told(two), "ok");
  EXPECT_EQ(told(accounts_->sign_out(context(), one.token)), "ok");
  FM_EXPECT_CODE(accounts_->by_session(one.token), Code::unauthorised);
  EXPECT_EQ(told(accounts_->by_session(two->token)), "ok");
  EXPECT_EQ(told(accounts_->sign_out(context(), "unknown")), "ok");
}

TEST_F(AccountsTest, SignInLinksWorkOnceAndForAQuarterOfAnHour) {
  FM_EXPECT_CODE(accounts_->new_link_token(context()), Code::not_found);
  const NewSession admin = set_up();
  const std::string used = accounts_->new_link_token(context()).value();
  const auto session = accounts_->sign_in_with_link(context(), used);
  ASSERT_EQ(told(session), "ok");
  EXPECT_EQ(session->visitor.user.id, admin.visitor.user.id);
  FM_EXPECT_CODE(accounts_->sign_in_with_link(context(), used), Code::unauthorised);
  const std::string late = accounts_->new_link_token(context(), admin.visitor.user.id).value();
  clock_.advance(Millis{15 * 60'000 + 1});
  FM_EXPECT_CODE(accounts_->sign_in_with_link(context(), late), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->new_link_token(context(), "user_none"), Code::not_found);
  FM_EXPECT_CODE(accounts_->sign_in_with_link(context(), ""), Code::unauthorised);
}

TEST_F(AccountsTest, KeysHaveTheirRole) {
  for (const Role role : {Role::viewer, Role::operator_, Role::admin}) {
    const auto created = key(role);
    EXPECT_TRUE(created.secret.starts_with("fm_"));
    EXPECT_GE(created.secret.size(), 64U);
    EXPECT_TRUE(created.secret.starts_with(created.key.prefix));
    EXPECT_LT(created.key.prefix.size(), 12U) << "to recognise it by, not to use it";
    const auto visitor = accounts_->by_key(created.secret);
    ASSERT_EQ(told(visitor), "ok");
    EXPECT_EQ(visitor->user.role, role);
    EXPECT_EQ(visitor->user.name, "ci");
    EXPECT_EQ(visitor->csrf_token, "");
    FM_EXPECT_CODE(accounts_->by_key(created.secret.substr(1)), Code::unauthorised);
    FM_EXPECT_CODE(accounts_->by_key(created.key.prefix), Code::unauthorised);
  }
  FM_EXPECT_CODE(accounts_->by_key(""), Code::unauthorised);
}

TEST_F(AccountsTest, NoSecretIsStored) {
  const NewSession session = set_up();
  const auto created = key();
  const std::string link = accounts_->new_link_token(context()).value();
  for (const char* table : {"users", "sessions", "api_keys", "sign_in_links"}) {
    FM_ASSERT_OK(db_->read(std::string("SELECT * FROM ") + table, {}, [&](const store::Row& row) {
      for (int column = 0; column < 3; ++column) {
        const std::string text(row.text(column));
        EXPECT_FALSE(contains(text, session.token)) << table;
        EXPECT_FALSE(contains(text, created.secret)) << table;
        EXPECT_FALSE(contains(text, link)) << table;
      }
    }));
  }
}

TEST_F(AccountsTest, KeysExpire) {
  FM_EXPECT_CODE(accounts_->create_key(context(), "ci", Role::viewer, clock_.now_ms()), Code::invalid);
  FM_EXPECT_CODE(accounts_->create_key(context(), " ", Role::viewer, 0), Code::invalid);
  const auto created = key(Role::operator_, clock_.now_ms() + 1'000);
  EXPECT_EQ(accounts_->by_key(created.secret).value().expires_at, clock_.now_ms() + 1'000);
  const auto session = accounts_->sign_in_with_key(context(), created.secret);
  ASSERT_EQ(told(session), "ok");
  EXPECT_EQ(accounts_->by_session(session->token).value().user.role, Role::operator_);
  clock_.advance(Millis{1'000});
  FM_EXPECT_CODE(accounts_->by_key(created.secret), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->by_session(session->token), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->sign_in_with_key(context(), created.secret), Code::unauthorised);
}

TEST_F(AccountsTest, ARevokedKeyTakesItsSessionsWithIt) {
  const auto revoked = key(), other = key();
  const auto session = accounts_->sign_in_with_key(context(), revoked.secret);
  const auto others = accounts_->sign_in_with_key(context(), other.secret);
  ASSERT_EQ(told(accounts_->revoke_key(context(), revoked.key.id)), "ok");
  FM_EXPECT_CODE(accounts_->by_key(revoked.secret), Code::unauthorised);
  FM_EXPECT_CODE(accounts_->by_session(session->token), Code::unauthorised);
  EXPECT_EQ(told(accounts_->by_session(others->token)), "ok");
  FM_EXPECT_CODE(accounts_->revoke_key(context(), revoked.key.id), Code::not_found);
}

TEST_F(AccountsTest, TheConfiguredKeysAreAdministrators) {
  for (const std::string& secret : {kAdminKey, std::string("fm_local_key")}) {
    EXPECT_EQ(accounts_->by_key(secret).value().user.role, Role::admin);
    const auto session = accounts_->sign_in_with_key(context(), secret);
    ASSERT_EQ(told(session), "ok");
    EXPECT_EQ(accounts_->by_session(session->token).value().user.role, Role::admin);
  }
  const Accounts none(*db_, clock_, {});
  FM_EXPECT_CODE(none.by_key(""), Code::unauthorised);
  FM_EXPECT_CODE(none.by_key(kAdminKey), Code::unauthorised);
}

TEST_F(AccountsTest, ASessionOfAnAdminKeyThatIsNoMoreEnds) {
  const auto session = accounts_->sign_in_with_key(context(), kAdminKey);
  ASSERT_EQ(told(session), "ok");
  AccountOptions changed = options_with_keys();
  changed.admin_key = "another-key-of-at-least-32-characters";
  FM_EXPECT_CODE(Accounts(*db_, clock_, changed).by_session(session->token), Code::unauthorised);
  FM_EXPECT_CODE(Accounts(*db_, clock_, {}).by_session(session->token), Code::unauthorised);
}

TEST_F(AccountsTest, ListsKeysByPagesAndNotesTheirUse) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.push_back(key(Role::viewer, 0, "k" + std::to_string(i)).key.id);
  const auto first = accounts_->list_keys("", 3).value();
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0].id, made[0]);
  const auto rest = accounts_->list_keys(first.back().id, 3).value();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[1].name, "k4");
  EXPECT_EQ(rest[1].last_used_at, 0);
  const auto created = key();
  clock_.advance(Millis{120'000});
  ASSERT_EQ(told(accounts_->by_key(created.secret)), "ok");
  FM_ASSERT_OK(db_->write(context(), [](store::Tx&) -> Result<void> { return {}; }));  // behind the note of its use
  const auto all = accounts_->list_keys("", 100).value();
  EXPECT_EQ(all.back().last_used_at, clock_.now_ms());
}

TEST(Roles, NamesAndOrder) {
  for (const Role role : {Role::viewer, Role::operator_, Role::admin})
    EXPECT_EQ(parse_role(to_string(role)).value(), role);
  EXPECT_LT(Role::viewer, Role::operator_);
  EXPECT_LT(Role::operator_, Role::admin);
  for (const char* bad : {"", "Admin", "approver", "admin "}) EXPECT_FALSE(parse_role(bad)) << bad;
}

}  // namespace
}  // namespace fm::identity
