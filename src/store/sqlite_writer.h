// The one thread that writes: takes everything that waits, runs it as one transaction, syncs once, then tells
// everybody.
//
// With n producers waiting for each other's sync, a group has about n members without any timer. A function that fails
// is undone alone. As few fail after they changed something, a group runs without savepoints first (they cost a fifth
// of the time) and, when one does, once more from the start with a savepoint for each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/db.h"
#include "store/sqlite.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_disk.h"

namespace fm::store {

class Writer {
 public:
  Writer(std::unique_ptr<Connection> connection, const SqliteOptions& options, const Clock& clock);
  ~Writer();  // close() must have run, or runs here
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // See Db. Thread-safe. Not from inside a WriteFn or WriteDone (the writer would wait for itself).
  Result<void> write(const Context& context, WriteFn fn, Durability durability);
  bool write_async(WriteFn fn, std::size_t weight_bytes, WriteDone done);

  // Refuses new writes, commits those that wait, ends the thread. Idempotent.
  void close();

  Db::Health health() const;

 private:
  // A caller of write() that waits. Its state says who may still drop the function.
  struct Ticket {
    enum class State { waiting, running, abandoned, finished };
    std::mutex mutex;  // guards state, result
    std::condition_variable changed;
    State state = State::waiting;
    Result<void> result;
  };
  struct Entry {
    WriteFn fn;
    WriteDone done;
    std::shared_ptr<Ticket> ticket;
    std::size_t weight = 0;
    Durability durability = Durability::durable;
    std::optional<Error> error;
    bool in_group = true;
  };

  // sqlite_writer.cpp: who waits, and who is told.
  bool push(Entry entry);
  std::vector<Entry> take_group();
  void loop();
  void commit_group(std::vector<Entry>& group);
  static void start_members(std::vector<Entry>& group);
  static void finish_members(std::vector<Entry>& group);
  // sqlite_writer_group.cpp: the transaction and the disk under it.
  Result<void> run_group(std::vector<Entry>& group);
  Result<bool> attempt(std::vector<Entry>& group, bool savepoints);
  Result<bool> run_one(Entry& entry, bool savepoint);
  Result<void> set_sync(bool full);
  void rollback();
  void note_disk(const Error* error);
  void shrink_log();
  void probe();
  static Error disk_error(std::string message, std::string remedy = {});

  const std::unique_ptr<Connection> connection_;
  const SqliteOptions options_;
  DiskGuard disk_;
  std::int64_t page_size_ = 0;
  std::int64_t probes_ = 0;
  std::optional<bool> sync_full_;

  mutable std::mutex mutex_;  // guards the four below
  std::condition_variable work_;
  std::deque<Entry> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool closing_ = false;
  bool idle_ = false;

  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> writes_{0};
  std::atomic<double> last_commit_ms_{0};
  std::thread thread_;
};

}  // namespace fm::store
