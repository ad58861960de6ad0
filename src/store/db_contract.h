// What every implementation of store::Db promises. A test file of an implementation includes this once and says
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, DbContract, ::testing::Values(DbFactory{"sqlite", make_sqlite_bench}));
//
// where the factory gives a fresh, empty store each time.
#pragma once

#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/testing.h"

namespace fm::store::testing {

// Owns a store and all that it needs to live.
struct DbUnderTest {
  virtual ~DbUnderTest() = default;
  virtual Db& db() = 0;
};
struct DbFactory {
  std::string name;
  std::function<std::unique_ptr<DbUnderTest>(const Clock&)> make;
};

class DbContract : public ::testing::TestWithParam<DbFactory> {
 protected:
  void SetUp() override {
    store_ = GetParam().make(clock_);
    FM_ASSERT_OK(write("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, amount BIGINT)"));
  }
  Db& db() { return store_->db(); }
  Context context(Millis timeout = Millis{60'000}) const { return context_of(clock_, timeout); }
  Result<void> write(std::string_view sql) {
    return db().write(context(), [&](Tx& tx) { return tx.run(sql); });
  }
  static Result<void> insert(Tx& tx, std::int64_t id, std::string_view name) {
    return tx.run("INSERT INTO things (id, name, amount) VALUES ($1, $2, 0)", {id, name});
  }
  Result<void> insert(std::int64_t id, std::string_view name) {
    return db().write(context(), [&](Tx& tx) { return insert(tx, id, name); });
  }
  // "1:a 2:b", in order of ids.
  std::string things() {
    std::string out;
    const auto read = db().read("SELECT id, name FROM things ORDER BY id", {}, [&](const Row& row) {
      out += (out.empty() ? "" : " ") + std::to_string(row.integer(0)) + ":" + std::string(row.text(1));
    });
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().full());
    return out;
  }
  // Keeps the writer busy until gate opens; returns when it is.
  void hold_writer(Gate& gate) {
    held_ = std::make_unique<std::latch>(1);
    ASSERT_TRUE(db().write_async(
        [&gate, latch = held_.get(), first = true](Tx&) mutable -> Result<void> {
          if (std::exchange(first, false)) latch->count_down();
          gate.wait();
          return {};
        },
        1, nullptr));
    held_->wait();
  }

  SystemClock clock_;
  std::unique_ptr<std::latch> held_;
  std::unique_ptr<DbUnderTest> store_;
};

TEST_P(DbContract, GivesBackEveryTypeAsItWasStored) {
  const std::string with_zero("a\0b", 3);
  FM_ASSERT_OK(write("CREATE TABLE types (i BIGINT, r DOUBLE PRECISION, t TEXT, b BLOB, n TEXT, e TEXT)"));
  FM_ASSERT_OK(db().write(context(), [&](Tx& tx) {
    return tx.run("INSERT INTO types (i, r, t, b, n, e) VALUES ($1, $2, $3, $4, $5, $6)",
                  {std::int64_t{-9'000'000'000}, 2.5, "grüße", Blob{with_zero}, null_if_empty(""), std::string_view()});
  }));
  int rows = 0;
  FM_ASSERT_OK(db().read("SELECT i, r, t, b, n, e FROM types", {}, [&](const Row& row) {
    ++rows;
    EXPECT_EQ(row.integer(0), -9'000'000'000);
    EXPECT_EQ(row.real(1), 2.5);
    EXPECT_EQ(row.text(2), "grüße");
    EXPECT_EQ(row.text(3), with_zero);
    EXPECT_TRUE(row.is_null(4));
    EXPECT_FALSE(row.is_null(5));
    EXPECT_EQ(row.text(5), "");
    EXPECT_EQ(row.integer(2), 0) << "a column of another type gives the zero value";
    EXPECT_EQ(row.text(0), "");
    EXPECT_EQ(row.text(4), "");
  }));
  EXPECT_EQ(rows, 1);
}

TEST_P(DbContract, ParametersGoByTheirNumbers) {
  FM_ASSERT_OK(db().write(context(), [](Tx& tx) {
    return tx.run("INSERT INTO things (name, id, amount) VALUES ($2, $1, $1)", {std::int64_t{7}, "seven"});
  }));
  EXPECT_EQ(things(), "7:seven");
  FM_EXPECT_CODE(db().read("SELECT id FROM things WHERE id = $1", {std::int64_t{1}, std::int64_t{2}}, nullptr),
                 Code::internal);
  FM_EXPECT_CODE(db().read("SELECT id FROM things WHERE id = $1", {}, nullptr), Code::internal);
}

TEST_P(DbContract, RunsOneStatementAtATime) {
  FM_EXPECT_CODE(write("DELETE FROM things; DELETE FROM things"), Code::internal);
  FM_EXPECT_CODE(write("SELEKT"), Code::internal);
  FM_ASSERT_OK(write("DELETE FROM things;"));
}

TEST_P(DbContract, SaysHowManyRowsChangedAndReturnsThem) {
  FM_ASSERT_OK(db().write(context(), [&](Tx& tx) -> Result<void> {
    for (int i = 1; i <= 3; ++i) TRY_VOID(insert(tx, i, std::to_string(i)));
    std::int64_t sum = 0;
    TRY_VOID(tx.run("UPDATE things SET amount = id WHERE id > $1 RETURNING amount", {std::int64_t{1}},
                    [&](const Row& row) { sum += row.integer(0); }));
    EXPECT_EQ(tx.changes(), 2);
    EXPECT_EQ(sum, 5);
    return {};
  }));
}

TEST_P(DbContract, StatementsNest) {
  FM_ASSERT_OK(insert(1, "a"));
  FM_ASSERT_OK(insert(2, "b"));
  int pairs = 0;
  const std::string_view sql = "SELECT id FROM things ORDER BY id";
  FM_ASSERT_OK(db().read(sql, {}, [&](const Row&) { FM_ASSERT_OK(db().read(sql, {}, [&](const Row&) { ++pairs; })); }));
  EXPECT_EQ(pairs, 4);
  FM_ASSERT_OK(db().write(context(), [&](Tx& tx) {
    return tx.run(sql, {}, [&](const Row&) { FM_ASSERT_OK(tx.run(sql, {}, [&](const Row&) { ++pairs; })); });
  }));
  EXPECT_EQ(pairs, 8);
}

TEST_P(DbContract, AnErrorUndoesTheWholeFunction) {
  FM_EXPECT_CODE(db().write(context(),
                            [](Tx& tx) -> Result<void> {
                              TRY_VOID(insert(tx, 1, "a"));
                              return fail(Code::not_found, "changed my mind");
                            }),
                 Code::not_found);
  FM_EXPECT_CODE(db().write(context(),
                            [](Tx& tx) -> Result<void> {
                              TRY_VOID(insert(tx, 1, "a"));
                              throw std::runtime_error("thrown");
                            }),
                 Code::internal);
  EXPECT_EQ(things(), "");
  FM_ASSERT_OK(insert(1, "a"));
  FM_EXPECT_CODE(insert(2, "a"), Code::conflict);
  EXPECT_EQ(things(), "1:a");
}

TEST_P(DbContract, AnErrorUndoesNobodyElse) {
  Gate gate;
  hold_writer(gate);
  Counter ended;
  std::vector<std::string> results(5);
  const auto put = [&](std::size_t at, WriteFn fn) {
    ASSERT_TRUE(db().write_async(std::move(fn), 1, [&, at](const Result<void>& done) {
      results[at] = done ? "ok" : std::string(to_string(done.error().code));
      ended.add();
    }));
  };
  put(0, [](Tx& tx) { return insert(tx, 1, "a"); });
  put(1, [](Tx& tx) -> Result<void> {
    TRY_VOID(insert(tx, 2, "b"));
    return fail(Code::invalid, "no");
  });
  put(2, [](Tx& tx) { return insert(tx, 3, "a"); });  // the name is taken by the first
  put(3, [](Tx& tx) -> Result<void> {
    TRY_VOID(tx.run("CREATE TABLE half (id INTEGER)"));
    return fail(Code::forbidden, "no");
  });
  put(4, [](Tx& tx) { return insert(tx, 2, "c"); });
  gate.open();
  ended.wait_for(5);
  EXPECT_EQ(results, (std::vector<std::string>{"ok", "invalid", "conflict", "forbidden", "ok"}));
  EXPECT_EQ(things(), "1:a 2:c");
  FM_EXPECT_CODE(db().read("SELECT id FROM half", {}, nullptr), Code::internal);
}

TEST_P(DbContract, ReadsSeeEveryWriteThatWasReportedDone) {
  constexpr int kThreads = 8, kWrites = 40;
  std::atomic<int> missing{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kWrites; ++i) {
        const std::int64_t id = t * 1'000 + i;
        const bool written = insert(id, std::to_string(id)).has_value();
        bool seen = false;
        const bool read =
            db().read("SELECT id FROM things WHERE id = $1", {id}, [&](const Row&) { seen = true; }).has_value();
        if (!written || !read || !seen) ++missing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missing, 0);
  int rows = 0;
  FM_ASSERT_OK(db().read("SELECT id FROM things", {}, [&](const Row&) { ++rows; }));
  EXPECT_EQ(rows, kThreads * kWrites);
}

TEST_P(DbContract, WritesOfOneThreadKeepTheirOrderAndEndOnce) {
  constexpr int kWrites = 300;
  Counter ended;
  std::vector<int> order;
  FM_ASSERT_OK(insert(1, "a"));
  for (int i = 0; i < kWrites; ++i) {
    ASSERT_TRUE(db().write_async(
        [i](Tx& tx) -> Result<void> {
          TRY_VOID(tx.run("UPDATE things SET amount = amount + 1 WHERE id = 1 AND amount = $1", {std::int64_t{i}}));
          if (tx.changes() != 1) return fail(Code::internal, "out of order");
          return {};
        },
        1,
        [&, i](const Result<void>& done) {
          if (done) order.push_back(i);
          ended.add();
        }));
  }
  ended.wait_for(kWrites);
  ASSERT_EQ(order.size(), static_cast<std::size_t>(kWrites));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(ended.count(), kWrites);
}

TEST_P(DbContract, ACallerThatGivesUpBeforeItsTurnWritesNothing) {
  FM_EXPECT_CODE(db().write(context(Millis{0}), [](Tx& tx) { return insert(tx, 1, "late"); }), Code::timeout);
  Gate gate;
  hold_writer(gate);
  FM_EXPECT_CODE(db().write(context(Millis{20}), [](Tx& tx) { return insert(tx, 2, "late"); }), Code::timeout);
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  FM_EXPECT_CODE(db().write(context().with_stop(stop.get_token()), [](Tx& tx) { return insert(tx, 3, "stopped"); }),
                 Code::cancelled);
  stopper.join();
  gate.open();
  FM_ASSERT_OK(insert(4, "last"));
  EXPECT_EQ(things(), "4:last");
}

TEST_P(DbContract, RelaxedWritesAreSeenAtOnceToo) {
  FM_ASSERT_OK(db().write(context(), [](Tx& tx) { return insert(tx, 1, "a"); }, Durability::relaxed));
  EXPECT_EQ(things(), "1:a");
  FM_ASSERT_OK(insert(2, "b"));
  EXPECT_EQ(things(), "1:a 2:b");
}

TEST_P(DbContract, CloseCommitsWhatWaitsAndRefusesTheRest) {
  Gate gate;
  hold_writer(gate);
  Counter ended;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(db().write_async([i](Tx& tx) { return insert(tx, i, std::to_string(i)); }, 1,
                                 [&](const Result<void>& done) {
                                   if (done) ended.add();
                                 }));
  }
  gate.open();
  db().close();
  EXPECT_EQ(ended.count(), 10);
  FM_EXPECT_CODE(insert(99, "late"), Code::unavailable);
  EXPECT_FALSE(db().write_async([](Tx&) -> Result<void> { return {}; }, 1, nullptr));
  FM_EXPECT_CODE(db().read("SELECT id FROM things", {}, nullptr), Code::unavailable);
}

TEST_P(DbContract, HealthCounts) {
  const auto before = db().health();
  FM_ASSERT_OK(insert(1, "a"));
  const auto after = db().health();
  EXPECT_TRUE(after.writable);
  EXPECT_EQ(after.detail, "");
  EXPECT_EQ(after.writes, before.writes + 1);
  EXPECT_EQ(after.commits, before.commits + 1);
  EXPECT_GT(after.size_bytes, 0U);
}

}  // namespace fm::store::testing
