// One SQLite connection with its prepared statements. Used by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/result.h"
#include "store/db.h"

namespace fm::store {

// How long a caller should wait before it tries again after a failure of the disk.
inline constexpr Millis kDiskRetryAfter{1'000};

// How long a statement waits for a lock that another program holds.
inline constexpr Millis kBusyTimeout{5'000};

struct ConnectionOptions {
  std::string path;
  bool create = false;     // create the file when it is missing
  bool read_only = false;  // statements that change anything fail
  int cache_kib = 1'024;
  std::size_t max_statements = 128;  // prepared statements kept
};

class Connection {
 public:
  // Errors: forbidden, conflict (not a database), unavailable.
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement with parameters $1…$n, all of which must be given. Errors: conflict (a constraint),
  // unavailable (disk, lock; retry_after is set), too_large, internal (the statement is wrong).
  Result<void> run(std::string_view sql, std::span<const Value> values, const OnRow& on_row);
  Result<void> run(std::string_view sql) { return run(sql, {}, nullptr); }
  // One value of a statement with one row, e.g. "PRAGMA page_size"; 0 when there is none.
  Result<std::int64_t> number(std::string_view sql);

  std::int64_t changes() const { return sqlite3_changes64(db_); }
  // Moves whenever a statement changed anything, rows or schema.
  std::int64_t change_count() const { return sqlite3_total_changes64(db_) + schema_changes_; }
  void set_busy_timeout(Millis timeout) { sqlite3_busy_timeout(db_, static_cast<int>(timeout.count())); }
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  // Whether the disk (or the file) failed under a statement since the last call.
  bool take_disk_failure();
  // Whether that failure said that the disk is full.
  bool disk_full() const { return disk_full_; }

 private:
  struct Statement {
    sqlite3_stmt* stmt = nullptr;
    std::vector<int> order;  // order[i]: which value goes to SQLite's parameter i + 1
    int values = 0;          // how many values it wants
    bool changes_schema = false;
    bool busy = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  class Use;

  explicit Connection(std::size_t max_statements) : max_statements_(max_statements) {}
  Result<Statement> prepare(std::string_view sql, bool keep);
  Result<Statement*> cached(std::string_view sql);
  void forget_idle_statements();
  std::unexpected<Error> fail_sqlite(int rc, std::string_view doing);
  Result<void> bind(const Statement& statement, std::span<const Value> values);
  Result<void> step_all(sqlite3_stmt* stmt, const OnRow& on_row);

  sqlite3* db_ = nullptr;
  std::size_t max_statements_;
  std::unordered_map<std::string, Statement, Hash, std::equal_to<>> statements_;
  std::int64_t schema_changes_ = 0;
  bool disk_failed_ = false;
  bool disk_full_ = false;
};

}  // namespace fm::store
