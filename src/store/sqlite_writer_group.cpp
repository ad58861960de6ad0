// One group of writes as one transaction, and what follows when the disk fails under it. See sqlite_writer.cpp for the
// queue and the thread.
#include <algorithm>

#include <fmt/format.h>

#include "store/sqlite_writer.h"
#include "telemetry/log.h"

namespace fm::store {
namespace {

class SqliteTx final : public Tx {
 public:
  using Tx::run;
  explicit SqliteTx(Connection& connection) : connection_(connection) {}
  Result<void> run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override {
    return connection_.run(sql, values, on_row);
  }
  std::int64_t changes() const override { return connection_.changes(); }

 private:
  Connection& connection_;
};

Result<void> call(const WriteFn& fn, Tx& tx) {
  try {
    return fn(tx);
  } catch (const std::exception& error) {
    return fail(Code::internal, fmt::format("a write function threw: {}", error.what()));
  } catch (...) {
    return fail(Code::internal, "a write function threw");
  }
}

}  // namespace

Error Writer::disk_error(std::string message, std::string remedy) {
  return {Code::unavailable, std::move(message), std::move(remedy), nullptr, kDiskRetryAfter};
}

// One transaction. An error means that nothing of the group happened.
Result<void> Writer::run_group(std::vector<Entry>& group) {
  const bool durable =
      std::ranges::any_of(group, [](const Entry& entry) { return entry.durability == Durability::durable; });
  TRY_VOID(set_sync(durable && options_.sync_full));
  for (const bool savepoints : {false, true}) {
    auto ended = attempt(group, savepoints);
    rollback();  // what is left of it, if it did not commit
    if (!ended) return std::unexpected(std::move(ended).error());
    if (*ended) return {};
    for (Entry& entry : group) entry.error.reset();
  }
  return fail(Code::internal, "a write group did not end");
}

// False: a member has to be undone alone, which takes savepoints.
Result<bool> Writer::attempt(std::vector<Entry>& group, bool savepoints) {
  TRY_VOID(connection_->run("BEGIN IMMEDIATE"));
  for (Entry& entry : group) {
    TRY(const bool clean, run_one(entry, savepoints));
    if (!clean) return group.size() == 1;  // alone it is undone with the transaction
  }
  TRY_VOID(connection_->run("COMMIT"));
  return true;
}

// The member's own error goes into the entry; the returned error ends the whole group. False: it failed and what it did
// is still there.
Result<bool> Writer::run_one(Entry& entry, bool savepoint) {
  if (savepoint) TRY_VOID(connection_->run("SAVEPOINT member"));
  const std::int64_t changes_before = connection_->change_count();
  SqliteTx tx(*connection_);
  auto result = call(entry.fn, tx);
  if (connection_->take_disk_failure()) {
    return std::unexpected(result ? disk_error("the disk failed inside a write") : std::move(result).error());
  }
  if (!connection_->in_transaction()) return fail(Code::internal, "a write function ended the transaction");
  if (result) {
    if (savepoint) TRY_VOID(connection_->run("RELEASE member"));
    return true;
  }
  entry.error = std::move(result).error();
  if (savepoint) {
    TRY_VOID(connection_->run("ROLLBACK TO member"));
    TRY_VOID(connection_->run("RELEASE member"));
    return true;
  }
  return connection_->change_count() == changes_before;
}

Result<void> Writer::set_sync(bool full) {
  if (sync_full_ == full) return {};
  TRY_VOID(connection_->run(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
  sync_full_ = full;
  return {};
}

void Writer::rollback() {
  if (!connection_->in_transaction()) return;
  if (auto done = connection_->run("ROLLBACK"); !done) {
    telemetry::error("a rollback failed", {{"error", done.error().full()}});
  }
}

// Keeps the disk's state after each transaction.
void Writer::note_disk(const Error* error) {
  const bool full = connection_->disk_full();
  const bool disk_failed = connection_->take_disk_failure() || full;
  if (error == nullptr) {
    std::int64_t free_pages = 0;
    if (!disk_.writable()) free_pages = connection_->number("PRAGMA freelist_count").value_or(0);
    disk_.succeeded(static_cast<std::uint64_t>(free_pages * page_size_));
  } else if (disk_failed || error->code == Code::unavailable) {
    disk_.failed(*error, full);
    if (full) shrink_log();
  }
}

// On a full disk the ballast's room first goes to folding the write-ahead log back and cutting it to nothing, so that
// what remains serves deletes and not the log.
void Writer::shrink_log() {
  connection_->set_busy_timeout(Millis{200});
  if (auto done = connection_->run("PRAGMA wal_checkpoint(TRUNCATE)"); !done) {
    telemetry::debug("the write-ahead log could not be cut", {{"error", done.error().full()}});
  }
  connection_->set_busy_timeout(kBusyTimeout);
  connection_->take_disk_failure();
}

// A small write that changes nothing anybody reads.
void Writer::probe() {
  if (!disk_.may_try()) return;
  std::vector<Entry> group(1);
  group[0].fn = [this](Tx& tx) { return tx.run(fmt::format("PRAGMA user_version={}", ++probes_ % 2)); };
  auto committed = run_group(group);
  if (committed && group[0].error) committed = std::unexpected(*group[0].error);
  note_disk(committed ? nullptr : &committed.error());
}

}  // namespace fm::store
