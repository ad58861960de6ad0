#include "store/sqlite.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include "store/sqlite_connection.h"
#include "store/sqlite_lock.h"
#include "store/sqlite_readers.h"
#include "store/sqlite_writer.h"
#include "telemetry/log.h"

namespace fm::store {
namespace {

// "1stM": marks the file as ours (PRAGMA application_id).
constexpr std::int64_t kApplicationId = 0x3173744D;
constexpr int kWriterCacheKib = 4'096;
constexpr int kPageSize = 8'192;
// The write-ahead log is folded back when it holds this much: a longer one stalls the writer for longer.
constexpr std::size_t kCheckpointBytes = 16 * 1024 * 1024;

class SqliteDb final : public Db {
 public:
  using Db::read;
  SqliteDb(const SqliteOptions& options, DirectoryLock lock, std::unique_ptr<Connection> connection, const Clock& clock)
      : path_(options.path),
        lock_(std::move(lock)),
        readers_(options.path),
        writer_(std::move(connection), options, clock) {}

  Result<void> write(const Context& context, WriteFn fn, Durability durability) override {
    return writer_.write(context, std::move(fn), durability);
  }
  bool write_async(WriteFn fn, std::size_t weight_bytes, WriteDone done) override {
    return writer_.write_async(std::move(fn), weight_bytes, std::move(done));
  }
  Result<void> read(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override {
    return readers_.read(sql, values, on_row);
  }
  void close() override {
    writer_.close();
    readers_.close();
  }
  Health health() const override {
    Health health = writer_.health();
    health.size_bytes = file_bytes(path_) + file_bytes(path_ + "-wal");
    return health;
  }

 private:
  static std::uint64_t file_bytes(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
  }

  const std::string path_;
  DirectoryLock lock_;  // last to go
  Readers readers_;
  Writer writer_;
};

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A new file becomes ours; a file of somebody else is refused.
Result<void> claim_file(Connection& connection, const std::string& path) {
  TRY(const std::int64_t application, connection.number("PRAGMA application_id"));
  if (application == kApplicationId) return {};
  TRY(const std::int64_t tables, connection.number("SELECT count(*) FROM sqlite_master"));
  if (application != 0 || tables != 0) {
    return fail(Code::conflict, fmt::format("{} is a database of another program", path),
                "name another file or data directory");
  }
  TRY_VOID(connection.run(fmt::format("PRAGMA page_size={}", kPageSize)));
  TRY_VOID(connection.run("PRAGMA auto_vacuum=NONE"));
  return connection.run(fmt::format("PRAGMA application_id={}", kApplicationId));
}

// The file holds as many pages as its header says: a copy that was cut short is found here, not a month later.
Result<void> check_length(Connection& connection, const std::string& path) {
  TRY(const std::int64_t pages, connection.number("PRAGMA page_count"));
  TRY(const std::int64_t page_size, connection.number("PRAGMA page_size"));
  struct stat file{}, log{};
  if (::stat(path.c_str(), &file) != 0) return {};
  const bool has_log = ::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;  // the log may hold the rest
  if (!has_log && file.st_size < pages * page_size) {
    return fail(Code::conflict, fmt::format("{} is cut short: {} bytes of {}", path, file.st_size, pages * page_size),
                "restore it from a backup");
  }
  return {};
}

Result<std::unique_ptr<Connection>> open_writer(const SqliteOptions& options) {
  TRY(auto connection, Connection::open({.path = options.path, .create = true, .cache_kib = kWriterCacheKib}));
  TRY_VOID(claim_file(*connection, options.path));
  std::string mode;
  TRY_VOID(connection->run("PRAGMA journal_mode=WAL", {}, [&](const Row& row) { mode = std::string(row.text(0)); }));
  if (mode != "wal") {
    return fail(Code::unavailable, fmt::format("{} cannot use a write-ahead log (mode {})", options.path, mode),
                "keep the data directory on a local disk");
  }
  // Small beside the ballast: on a full disk the log is folded back into the room that the ballast gives.
  const std::size_t log_bytes = options.ballast_bytes == 0
                                    ? kCheckpointBytes
                                    : std::clamp(options.ballast_bytes / 4, kCheckpointBytes / 16, kCheckpointBytes);
  TRY_VOID(connection->run(fmt::format("PRAGMA wal_autocheckpoint={}", log_bytes / kPageSize)));
  // The file keeps its size, so that a sync need not record a new length.
  TRY_VOID(connection->run(fmt::format("PRAGMA journal_size_limit={}", log_bytes * 2)));
  TRY_VOID(check_length(*connection, options.path));
  return connection;
}

}  // namespace

Result<std::unique_ptr<Db>> open_sqlite(SqliteOptions options, const Clock& clock) {
  TRY(DirectoryLock lock, DirectoryLock::take(directory_of(options.path)));
  auto connection = open_writer(options);
  if (!connection) {
    Error error = std::move(connection).error();
    if (error.code == Code::internal) error.code = Code::conflict;  // damaged inside
    return fail(std::move(error), fmt::format("open the store {}", options.path));
  }
  return std::make_unique<SqliteDb>(options, std::move(lock), *std::move(connection), clock);
}

}  // namespace fm::store
