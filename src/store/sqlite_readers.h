// Connections for reading: a thread has one to itself while it reads, and none while it does not.
//
// Threads that only wait therefore cost nothing; the connection used last is lent first, so its pages and statements
// are warm.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/sqlite_connection.h"

namespace fm::store {

class Readers {
 public:
  explicit Readers(std::string path) : path_(std::move(path)) {}
  ~Readers() { close(); }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // See Db::read. Thread-safe; may be called from inside its own callback.
  Result<void> read(std::string_view sql, std::span<const Value> values, const OnRow& on_row);
  // Refuses new reads and waits for those that run. Idempotent. Not from inside a callback.
  void close();

 private:
  class Loan;
  Result<std::unique_ptr<Connection>> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  const std::string path_;
  std::mutex mutex_;  // guards the three below
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
  bool closed_ = false;
};

}  // namespace fm::store
