#include "store/testing.h"

namespace fm::store::testing {
namespace {

constexpr Migration kFirst[] = {{1, "things",
                                 "CREATE TABLE things (id INTEGER, note TEXT DEFAULT 'a;b'); -- one; two\n"
                                 "/* three; */ INSERT INTO things (id) VALUES (1);\n;"}};
constexpr Migration kSecond[] = {kFirst[0], {7, "more", "INSERT INTO things (id) VALUES (2)"}};
constexpr Migration kBroken[] = {kFirst[0],
                                 {7, "broken", "INSERT INTO things (id) VALUES (3); INSERT INTO nowhere VALUES (1)"}};

class MigrateTest : public ::testing::Test {
 protected:
  Result<void> run(std::span<const Migration> migrations) { return migrate(context_of(clock_), *db_, migrations); }
  std::string ids() {
    std::string out;
    EXPECT_TRUE(
        db_->read("SELECT id, note FROM things ORDER BY id", {},
                  [&](const Row& row) { out += std::to_string(row.integer(0)) + std::string(row.text(1)) + " "; })
            .has_value());
    return out;
  }
  TempDir directory_;
  SystemClock clock_;
  std::unique_ptr<Db> db_ = open_or_die(small_options(directory_.path()), clock_);
};

TEST_F(MigrateTest, RunsWhatIsMissingOnce) {
  FM_ASSERT_OK(run(kFirst));
  FM_ASSERT_OK(run(kFirst));
  EXPECT_EQ(ids(), "1a;b ");
  FM_ASSERT_OK(run(kSecond));
  FM_ASSERT_OK(run(kSecond));
  EXPECT_EQ(ids(), "1a;b 2a;b ");
}

TEST_F(MigrateTest, AStepThatFailsLeavesNothing) {
  FM_ASSERT_OK(run(kFirst));
  const auto broken = run(kBroken);
  FM_EXPECT_CODE(broken, Code::internal);
  EXPECT_NE(broken.error().full().find("broken"), std::string::npos);
  EXPECT_EQ(ids(), "1a;b ");
  FM_ASSERT_OK(run(kSecond));
}

TEST_F(MigrateTest, AStoreOfANewerVersionIsRefusedWithARemedy) {
  FM_ASSERT_OK(run(kSecond));
  const auto refused = run(kFirst);
  FM_EXPECT_CODE(refused, Code::conflict);
  EXPECT_NE(refused.error().remedy.find(FM_VERSION), std::string::npos);
}

}  // namespace
}  // namespace fm::store::testing
