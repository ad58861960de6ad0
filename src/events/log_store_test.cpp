#include "events/log_store.h"

#include <gtest/gtest.h>

#include "events/schema.h"
#include "store/testing.h"

namespace fm::events {
namespace {

using store::testing::context_of;
using store::testing::told;

class LogStoreTest : public ::testing::Test {
 protected:
  LogStoreTest() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;
    db_ = store::testing::open_or_die(options, clock_);
    EXPECT_EQ(told(store::migrate(context_of(clock_), *db_, event_migrations())), "ok");
  }
  ~LogStoreTest() override { db_->close(); }

  void put(std::string_view id, std::string_view log) {
    const auto pieces = pack_log(log);
    EXPECT_EQ(told(db_->write(context_of(clock_), [&](store::Tx& tx) { return put_log(tx, id, pieces); })), "ok");
  }
  std::vector<std::string> lines(std::string_view id, std::size_t from, std::size_t limit) {
    auto out = load_log_lines(*db_, id, from, limit);
    EXPECT_EQ(told(out), "ok");
    return out ? *out : std::vector<std::string>{};
  }
  std::string whole(std::string_view id) { return load_log(*db_, id).value_or("(error)"); }

  store::testing::TempDir dir_{true};
  FakeClock clock_;
  std::unique_ptr<store::Db> db_;
};

TEST_F(LogStoreTest, EveryKindOfLineEndComesBackAsOneLine) {
  put("occ_1", "one\ntwo\r\nprogress 1\rprogress 2\r\n\nlast without end");
  EXPECT_EQ(whole("occ_1"), "one\ntwo\nprogress 1\nprogress 2\n\nlast without end\n");
  EXPECT_EQ(lines("occ_1", 1, 100),
            (std::vector<std::string>{"one", "two", "progress 1", "progress 2", "", "last without end"}));
  EXPECT_EQ(lines("occ_1", 5, 1), (std::vector<std::string>{""}));
}

TEST_F(LogStoreTest, AnEmptyLogHasNoLines) {
  put("occ_1", "");
  EXPECT_EQ(whole("occ_1"), "");
  EXPECT_TRUE(lines("occ_1", 1, 100).empty());
  EXPECT_TRUE(lines("occ_never", 1, 100).empty());
  put("occ_2", "\n");
  EXPECT_EQ(lines("occ_2", 1, 100), (std::vector<std::string>{""}));
}

TEST_F(LogStoreTest, AHundredThousandLinesByPages) {
  std::string log;
  for (int i = 1; i <= 100'000; ++i) log += "line " + std::to_string(i) + "\n";
  put("occ_1", log);
  EXPECT_EQ(whole("occ_1"), log);
  struct Page {
    std::size_t from, limit, count;
  };
  for (const Page page : {Page{1, 1, 1},
                          {1999, 4, 4},
                          {2000, 1, 1},
                          {2001, 2000, 2000},
                          {1, 5000, 5000},
                          {99'999, 10, 2},
                          {100'000, 1, 1},
                          {100'001, 10, 0},
                          {5'000'000, 10, 0},
                          {3, 0, 0}}) {
    const auto got = lines("occ_1", page.from, page.limit);
    ASSERT_EQ(got.size(), page.count) << page.from << " + " << page.limit;
    if (got.empty()) continue;
    EXPECT_EQ(got.front(), "line " + std::to_string(page.from));
    EXPECT_EQ(got.back(), "line " + std::to_string(page.from + page.count - 1));
  }
}

TEST_F(LogStoreTest, PackingSavesSpaceAndKeepsAnyByte) {
  const std::string repeated(1 << 20, 'x');
  const auto pieces = pack_log(repeated);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].line_count, 1U);
  EXPECT_LT(pieces[0].packed.size(), 10'000U);
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    if (i != '\n' && i != '\r') bytes += static_cast<char>(i);
  }
  put("occ_1", bytes);
  EXPECT_EQ(lines("occ_1", 1, 10), std::vector<std::string>{bytes});
}

TEST_F(LogStoreTest, ASecondPutReplacesAndOthersStay) {
  std::string long_log;
  for (int i = 0; i < 5000; ++i) long_log += "old\n";
  put("occ_1", long_log);
  put("occ_2", "other\n");
  put("occ_1", "new\n");
  EXPECT_EQ(whole("occ_1"), "new\n");
  EXPECT_EQ(whole("occ_2"), "other\n");
}

TEST_F(LogStoreTest, ADamagedPieceIsAnErrorNotACrash) {
  put("occ_1", "one\ntwo\n");
  ASSERT_EQ(told(db_->write(context_of(clock_),
                            [](store::Tx& tx) {
                              return tx.run("UPDATE log_chunks SET data = $1", {store::Blob{"no zstd at all"}});
                            })),
            "ok");
  FM_EXPECT_CODE(load_log(*db_, "occ_1"), Code::internal);
  FM_EXPECT_CODE(load_log_lines(*db_, "occ_1", 1, 10), Code::internal);
}

}  // namespace
}  // namespace fm::events
