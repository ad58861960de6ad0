#include "store/sqlite_connection.h"

#include <algorithm>
#include <charconv>
#include <mutex>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::store {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* stmt) : stmt_(stmt) {}
  std::int64_t integer(int column) const override {
    return sqlite3_column_type(stmt_, column) == SQLITE_INTEGER ? sqlite3_column_int64(stmt_, column) : 0;
  }
  double real(int column) const override {
    const int type = sqlite3_column_type(stmt_, column);
    return type == SQLITE_FLOAT || type == SQLITE_INTEGER ? sqlite3_column_double(stmt_, column) : 0;
  }
  std::string_view text(int column) const override {
    const int type = sqlite3_column_type(stmt_, column);
    if (type != SQLITE_TEXT && type != SQLITE_BLOB) return {};
    const void* data = sqlite3_column_blob(stmt_, column);
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
  }
  bool is_null(int column) const override { return sqlite3_column_type(stmt_, column) == SQLITE_NULL; }

 private:
  sqlite3_stmt* stmt_;
};

void initialise_sqlite() {
  static std::once_flag once;
  // Without its memory statistics SQLite takes no process-wide lock at each allocation.
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

bool is_disk_failure(int rc) {
  const int primary = rc & 0xff;
  return primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ||
         primary == SQLITE_READONLY || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

// "$12" → 12; 0 for any other name.
int parameter_number(const char* name) {
  if (name == nullptr || *name != '$') return 0;
  const std::string_view digits(name + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

// INSERT, UPDATE, DELETE, REPLACE and WITH … count what they change; what else writes (CREATE, PRAGMA) does not.
bool changes_rows(std::string_view sql) {
  const std::size_t start = std::min(sql.find_first_not_of(" \t\r\n"), sql.size());
  const std::string_view word = sql.substr(start, 6);
  return iequals(word, "INSERT") || iequals(word, "UPDATE") || iequals(word, "DELETE") || iequals(word, "REPLAC") ||
         iequals(word.substr(0, 4), "WITH");
}

int bind_value(sqlite3_stmt* stmt, int index, const Value& value) {
  // An empty view may hold a null pointer, which SQLite would bind as NULL.
  const auto data = [](std::string_view text) { return text.data() == nullptr ? "" : text.data(); };
  switch (value.index()) {
    case 1:
      return sqlite3_bind_int64(stmt, index, std::get<1>(value));
    case 2:
      return sqlite3_bind_double(stmt, index, std::get<2>(value));
    case 3: {
      const std::string_view text = std::get<3>(value);
      return sqlite3_bind_text64(stmt, index, data(text), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    case 4: {
      const std::string_view bytes = std::get<4>(value).bytes;
      return sqlite3_bind_blob64(stmt, index, data(bytes), bytes.size(), SQLITE_STATIC);
    }
    default:
      return sqlite3_bind_null(stmt, index);
  }
}

}  // namespace

// Marks a cached statement as running; resets it at the end, also when a callback throws. A statement that was
// prepared for one run is finalised.
class Connection::Use {
 public:
  explicit Use(Statement* kept) : kept_(kept), stmt_(kept->stmt) { kept->busy = true; }
  explicit Use(sqlite3_stmt* once) : stmt_(once) {}
  ~Use() {
    if (kept_ == nullptr) {
      sqlite3_finalize(stmt_);
      return;
    }
    sqlite3_reset(stmt_);
    sqlite3_clear_bindings(stmt_);
    kept_->busy = false;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  Statement* kept_ = nullptr;
  sqlite3_stmt* stmt_;
};

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  initialise_sqlite();
  std::unique_ptr<Connection> connection(new Connection(options.max_statements));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (options.create ? SQLITE_OPEN_CREATE : 0);
  const int rc = sqlite3_open_v2(options.path.c_str(), &connection->db_, flags, nullptr);
  if (rc != SQLITE_OK) return connection->fail_sqlite(rc, "open " + options.path);
  sqlite3_extended_result_codes(connection->db_, 1);
  connection->set_busy_timeout(kBusyTimeout);
  TRY_VOID(connection->run(fmt::format("PRAGMA cache_size=-{}", options.cache_kib)));
  TRY_VOID(connection->run("PRAGMA mmap_size=0"));
  TRY_VOID(connection->run("PRAGMA temp_store=MEMORY"));
  TRY_VOID(connection->run("PRAGMA foreign_keys=ON"));
  // Deleted rows are zeroed where that costs no further page.
  TRY_VOID(connection->run("PRAGMA secure_delete=FAST"));
  if (options.read_only) TRY_VOID(connection->run("PRAGMA query_only=ON"));
  connection->forget_idle_statements();
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.stmt);
  sqlite3_close_v2(db_);
}

std::unexpected<Error> Connection::fail_sqlite(int rc, std::string_view doing) {
  const std::string message = fmt::format("{}: {}", doing, db_ != nullptr ? sqlite3_errmsg(db_) : sqlite3_errstr(rc));
  if (is_disk_failure(rc)) {
    disk_failed_ = true;
    if ((rc & 0xff) == SQLITE_FULL) disk_full_ = true;
  }
  Error error{Code::internal, message, {}, nullptr, std::nullopt};
  switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
      error.code = Code::conflict;
      break;
    case SQLITE_TOOBIG:
      error.code = Code::too_large;
      break;
    case SQLITE_FULL:
      error = {Code::unavailable, message, "free space on the disk of the data directory", nullptr, kDiskRetryAfter};
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      error = {Code::unavailable, message, "close other programs that hold the database open", nullptr,
               kDiskRetryAfter};
      break;
    case SQLITE_CORRUPT:
      error.remedy = "the database file is damaged: restore it from a backup";
      break;
    case SQLITE_NOTADB:
      error = {Code::conflict, message, "the file is damaged or no database: restore it from a backup, or name another",
               nullptr, std::nullopt};
      break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
      error = {Code::unavailable, message, "check the disk, the data directory and its permissions", nullptr,
               kDiskRetryAfter};
      break;
    default:
      break;
  }
  return std::unexpected<Error>(std::move(error));
}

bool Connection::take_disk_failure() {
  const bool failed = disk_failed_;
  disk_failed_ = false;
  disk_full_ = disk_full_ && failed;
  return failed;
}

Result<Connection::Statement> Connection::prepare(std::string_view sql, bool keep) {
  Statement statement;
  const char* tail = nullptr;
  const int rc = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), keep ? SQLITE_PREPARE_PERSISTENT : 0,
                                    &statement.stmt, &tail);
  if (rc != SQLITE_OK) return fail_sqlite(rc, fmt::format("prepare '{}'", sql));
  const std::string_view rest(tail, static_cast<std::size_t>(sql.data() + sql.size() - tail));
  const bool one = rest.find_first_not_of(" \t\r\n;") == std::string_view::npos;
  statement.changes_schema =
      statement.stmt != nullptr && sqlite3_stmt_readonly(statement.stmt) == 0 && !changes_rows(sql);
  const int parameters = sqlite3_bind_parameter_count(statement.stmt);
  bool numbered = true;
  for (int i = 1; i <= parameters; ++i) {
    const int number = parameter_number(sqlite3_bind_parameter_name(statement.stmt, i));
    numbered = numbered && number > 0;
    statement.order.push_back(number - 1);
    statement.values = std::max(statement.values, number);
  }
  if (statement.stmt == nullptr || !one || !numbered) {
    sqlite3_finalize(statement.stmt);
    return fail(Code::internal, fmt::format("'{}' is not one statement with parameters $1, $2, …", sql));
  }
  return statement;
}

Result<Connection::Statement*> Connection::cached(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return &found->second;
  if (statements_.size() >= max_statements_) forget_idle_statements();
  TRY(Statement statement, prepare(sql, true));
  return &statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

void Connection::forget_idle_statements() {
  std::erase_if(statements_, [](const auto& entry) {
    if (entry.second.busy) return false;
    sqlite3_finalize(entry.second.stmt);
    return true;
  });
}

Result<void> Connection::bind(const Statement& statement, std::span<const Value> values) {
  if (static_cast<std::size_t>(statement.values) != values.size()) {
    return fail(Code::internal, fmt::format("'{}' wants {} values and was given {}", sqlite3_sql(statement.stmt),
                                            statement.values, values.size()));
  }
  for (std::size_t i = 0; i < statement.order.size(); ++i) {
    const Value& value = values[static_cast<std::size_t>(statement.order[i])];
    const int rc = bind_value(statement.stmt, static_cast<int>(i) + 1, value);
    if (rc != SQLITE_OK) return fail_sqlite(rc, "bind a value");
  }
  return {};
}

Result<void> Connection::step_all(sqlite3_stmt* stmt, const OnRow& on_row) {
  const SqliteRow row(stmt);
  for (;;) {
    const int rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE) return {};
    if (rc != SQLITE_ROW) return fail_sqlite(rc, fmt::format("run '{}'", sqlite3_sql(stmt)));
    if (on_row) on_row(row);
  }
}

Result<void> Connection::run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) {
  TRY(Statement * kept, cached(sql));
  if (kept->changes_schema) ++schema_changes_;
  if (kept->busy) {  // the same text runs already, further up this thread
    TRY(Statement once, prepare(sql, false));
    const Use use(once.stmt);
    TRY_VOID(bind(once, values));
    return step_all(once.stmt, on_row);
  }
  const Use use(kept);
  TRY_VOID(bind(*kept, values));
  return step_all(kept->stmt, on_row);
}

Result<std::int64_t> Connection::number(std::string_view sql) {
  std::int64_t value = 0;
  TRY_VOID(run(sql, {}, [&](const Row& row) { value = row.integer(0); }));
  return value;
}

}  // namespace fm::store
