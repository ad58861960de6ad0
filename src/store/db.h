// The store's port: reads on a connection of the calling thread, writes as functions inside a group commit.
//
//   auto id = db.write(ctx, [&](Tx& tx) -> Result<void> { return tx.run("INSERT …", {a, b}); });
//   auto rows = db.read("SELECT id, state FROM events WHERE repository = $1", {repo});
//
// SQL stays in the common dialect of SQLite 3.40 and PostgreSQL 15 ($1, ON CONFLICT, RETURNING); each domain keeps
// its SQL in its own *_repo.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace fm::store {

// Bytes that go into a BLOB column (a std::string goes into TEXT).
struct Blob {
  std::string_view bytes;
};
// A parameter. Views must live until the statement ran.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Blob>;
using Values = std::initializer_list<Value>;
// "" becomes NULL.
Value null_if_empty(std::string_view text);

// For `column LIKE $1 ESCAPE '!'`: the text anywhere, taken literally.
std::string like_contains(std::string_view text);

// One result row; columns by position, from 0. A column of another type gives the zero value. Views are valid only
// inside the callback.
class Row {
 public:
  virtual ~Row() = default;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;  // TEXT or BLOB
  virtual bool is_null(int column) const = 0;
};
using OnRow = std::function<void(const Row&)>;

// What a write function sees. Not thread-safe; valid during the call only.
class Tx {
 public:
  virtual ~Tx() = default;
  // Runs one statement; rows (SELECT, RETURNING) go to on_row. Prepared statements are cached by their text.
  virtual Result<void> run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) = 0;
  // Rows changed by the last statement.
  virtual std::int64_t changes() const = 0;

  Result<void> run(std::string_view sql, Values values = {}) {
    return run(sql, std::span(values.begin(), values.size()), nullptr);
  }
  Result<void> run(std::string_view sql, Values values, const OnRow& on_row) {
    return run(sql, std::span(values.begin(), values.size()), on_row);
  }
};

// How long a commit must live: durable survives power loss (events, jobs, approvals, audit); both survive kill -9.
enum class Durability { durable, relaxed };

// Runs inside the writer's transaction: no I/O, no waiting. An error undoes what this function did, and only that.
// May run a second time if the transaction has to be repeated.
using WriteFn = std::function<Result<void>(Tx&)>;
using WriteDone = std::function<void(Result<void>)>;

class Db {
 public:
  virtual ~Db() = default;

  // Blocks until the commit is durable (or failed). Errors: what fn returned; unavailable (disk full, I/O, writer
  // queue full; retry_after is set), timeout, cancelled (before the function ran).
  virtual Result<void> write(const Context& context, WriteFn fn, Durability durability = Durability::durable) = 0;
  // The same without waiting: done runs on the writer's thread after the commit and must be short. weight_bytes
  // counts against the queue's limit. False when the queue is full: done will not run.
  virtual bool write_async(WriteFn fn, std::size_t weight_bytes, WriteDone done) = 0;

  // A consistent read on the calling thread's own connection. Sees every write that write() reported done before.
  virtual Result<void> read(std::string_view sql, std::span<const Value> values, const OnRow& on_row) = 0;
  Result<void> read(std::string_view sql, Values values, const OnRow& on_row) {
    return read(sql, std::span(values.begin(), values.size()), on_row);
  }

  // Refuses new writes, commits those that wait, closes. Called once, before destruction.
  virtual void close() = 0;

  struct Health {
    bool writable = true;
    std::string detail;  // why not
    std::size_t waiting_writes = 0;
    std::uint64_t commits = 0;
    std::uint64_t writes = 0;  // functions run; writes/commits is the group size
    double last_commit_ms = 0;
    std::uint64_t size_bytes = 0;
  };
  virtual Health health() const = 0;
};

// A numbered step of the schema. Once shipped it never changes.
struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;  // statements separated by ';'
};
// Runs what is missing, each in its own transaction. Errors: conflict when the store was written by a newer
// firstmate (the remedy says which).
Result<void> migrate(const Context& context, Db& db, std::span<const Migration> migrations);

}  // namespace fm::store
