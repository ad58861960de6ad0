// Db over SQLite: one writer thread that commits in groups, a connection for each thread that reads (lent while it
// reads, so that idle threads hold none), write-ahead log.
#pragma once

#include <memory>
#include <string>

#include "store/db.h"

namespace fm::store {

struct SqliteOptions {
  std::string path;  // the database file; its directory exists
  std::size_t max_waiting_writes = 20'000;
  std::size_t max_waiting_bytes = 64 * 1024 * 1024;
  std::size_t max_group = 512;  // functions in one commit
  // A preallocated file beside the database; removed when the disk is full so that deletes (which need space) work
  // again, and made anew when there is room. While the disk is full, write_async() refuses and write() is tried; that
  // ends when the space on the disk and the unused pages of the file exceed the ballast and half as much. 0: none.
  std::size_t ballast_bytes = 64 * 1024 * 1024;
  bool sync_full = true;  // false only in tests and benches that say so
};

// Errors: unavailable, forbidden (remedy names the directory), conflict (not a database, or locked by another
// process: the data directory is locked through a file of its own).
Result<std::unique_ptr<Db>> open_sqlite(SqliteOptions options, const Clock& clock);

}  // namespace fm::store
