#include "store/sqlite.h"

#include <chrono>
#include <fstream>

#include <sys/stat.h>

#include "base/file.h"
#include "store/db_contract.h"
#include "store/sqlite_connection.h"
#include "store/testing.h"

namespace fm::store::testing {
namespace {

struct SqliteUnderTest final : DbUnderTest {
  explicit SqliteUnderTest(const Clock& clock) : store(open_or_die(small_options(directory.path()), clock)) {}
  Db& db() override { return *store; }
  TempDir directory;
  std::unique_ptr<Db> store;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, DbContract,
                         ::testing::Values(DbFactory{
                             "sqlite", [](const Clock& clock) { return std::make_unique<SqliteUnderTest>(clock); }}),
                         [](const auto& chosen) { return chosen.param.name; });

class SqliteTest : public ::testing::Test {
 protected:
  SqliteOptions options() const { return small_options(directory_.path()); }
  Context context() const { return context_of(clock_); }

  TempDir directory_;
  SystemClock clock_;
};

TEST_F(SqliteTest, KeepsItsRowsOverAReopen) {
  {
    const auto db = open_or_die(options(), clock_);
    FM_ASSERT_OK(db->write(context(), [](Tx& tx) { return tx.run("CREATE TABLE t (id INTEGER)"); }));
    FM_ASSERT_OK(db->write(context(), [](Tx& tx) { return tx.run("INSERT INTO t VALUES (5)"); }));
    db->close();
  }
  const auto db = open_or_die(options(), clock_);
  std::int64_t id = 0;
  FM_ASSERT_OK(db->read("SELECT id FROM t", {}, [&](const Row& row) { id = row.integer(0); }));
  EXPECT_EQ(id, 5);
}

TEST_F(SqliteTest, ASecondOpenOfTheDirectoryIsRefusedAndSaysWhoHoldsIt) {
  auto first = open_or_die(options(), clock_);
  const auto second = open_sqlite(options(), clock_);
  FM_EXPECT_CODE(second, Code::conflict);
  EXPECT_NE(second.error().full().find(std::to_string(::getpid())), std::string::npos);
  EXPECT_FALSE(second.error().remedy.empty());
  first->close();
  first.reset();
  open_or_die(options(), clock_);
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsRefusedUntouched) {
  const std::string text(10'000, 'x');
  FM_ASSERT_OK(write_file_atomically(options().path, text));
  const auto db = open_sqlite(options(), clock_);
  FM_EXPECT_CODE(db, Code::conflict);
  EXPECT_NE(db.error().full().find(options().path), std::string::npos);
  EXPECT_FALSE(db.error().remedy.empty());
  EXPECT_EQ(read_file(options().path).value_or(""), text);
}

TEST_F(SqliteTest, ADatabaseOfAnotherProgramIsRefused) {
  {
    auto other = Connection::open({.path = options().path, .create = true});
    FM_ASSERT_OK(other);
    FM_ASSERT_OK((*other)->run("CREATE TABLE theirs (id INTEGER)"));
  }
  FM_EXPECT_CODE(open_sqlite(options(), clock_), Code::conflict);
}

TEST_F(SqliteTest, AFileThatWasCutShortIsRefused) {
  {
    const auto db = open_or_die(options(), clock_);
    FM_ASSERT_OK(db->write(context(), [](Tx& tx) -> Result<void> {
      TRY_VOID(tx.run("CREATE TABLE t (body TEXT)"));
      const std::string body(100'000, 'b');
      return tx.run("INSERT INTO t VALUES ($1)", {std::string_view(body)});
    }));
    db->close();
  }
  struct stat info{};
  ASSERT_EQ(::stat(options().path.c_str(), &info), 0);
  ASSERT_EQ(::truncate(options().path.c_str(), info.st_size / 2), 0);
  const auto db = open_sqlite(options(), clock_);
  FM_EXPECT_CODE(db, Code::conflict);
  EXPECT_FALSE(db.error().remedy.empty());
}

TEST_F(SqliteTest, AMissingDirectoryIsNamed) {
  SqliteOptions elsewhere;
  elsewhere.path = directory_.path() + "/missing/store.db";
  const auto db = open_sqlite(elsewhere, clock_);
  FM_EXPECT_CODE(db, Code::unavailable);
  EXPECT_NE(db.error().remedy.find("missing"), std::string::npos);
}

TEST_F(SqliteTest, AFullQueueRefuses) {
  SqliteOptions narrow = options();
  narrow.max_waiting_writes = 3;
  narrow.max_waiting_bytes = 1'000;
  const auto db = open_or_die(narrow, clock_);
  const auto hold = [&](Gate& gate) {
    Counter begun;
    ASSERT_TRUE(db->write_async(
        [&](Tx&) -> Result<void> {
          begun.add();
          gate.wait();
          return {};
        },
        1, nullptr));
    begun.wait_for(1);
  };
  const WriteFn nothing = [](Tx&) -> Result<void> { return {}; };
  Counter ended;
  const auto count = [&](const Result<void>&) { ended.add(); };
  Gate by_number, by_bytes;
  hold(by_number);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(db->write_async(nothing, 1, count));
  EXPECT_FALSE(db->write_async(nothing, 1, count)) << "a fourth is one too many";
  const auto refused = db->write(context(), nothing);
  FM_EXPECT_CODE(refused, Code::unavailable);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_EQ(db->health().waiting_writes, 3U);
  by_number.open();
  ended.wait_for(3);

  hold(by_bytes);
  EXPECT_TRUE(db->write_async(nothing, 600, count));
  EXPECT_FALSE(db->write_async(nothing, 600, count)) << "too many bytes";
  by_bytes.open();
  ended.wait_for(4);
}

TEST_F(SqliteTest, TheBallastIsThereAfterTheStart) {
  SqliteOptions with_ballast = options();
  with_ballast.ballast_bytes = 1 << 20;
  const auto db = open_or_die(with_ballast, clock_);
  struct stat info{};
  ASSERT_EQ(::stat((with_ballast.path + ".ballast").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 1 << 20);
}

TEST_F(SqliteTest, ReadingThreadsMayComeAndGo) {
  const auto db = open_or_die(options(), clock_);
  FM_ASSERT_OK(db->write(context(), [](Tx& tx) { return tx.run("CREATE TABLE t (id INTEGER)"); }));
  std::atomic<int> failed{0};
  for (int round = 0; round < 4; ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        if (!db->read("SELECT count(*) FROM t", {}, [](const Row&) {})) ++failed;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(failed, 0);
  FM_EXPECT_CODE(db->read("DELETE FROM t", {}, nullptr), Code::unavailable);
}

TEST_F(SqliteTest, CloseWaitsForReadsThatRun) {
  const auto db = open_or_die(options(), clock_);
  Gate gate;
  Counter begun;
  bool read_ended = false;
  std::thread reader([&] {
    const auto read = db->read("SELECT 1", {}, [&](const Row&) {
      begun.add();
      gate.wait();
      read_ended = true;
    });
    EXPECT_TRUE(read.has_value());
  });
  begun.wait_for(1);
  std::thread opener([&] { gate.open(); });
  db->close();
  EXPECT_TRUE(read_ended);
  reader.join();
  opener.join();
}

}  // namespace
}  // namespace fm::store::testing
