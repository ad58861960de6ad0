#include "store/sqlite_writer.h"

#include <algorithm>
#include <chrono>

#include "telemetry/log.h"

namespace fm::store {
namespace {

// What a write() counts against max_waiting_bytes; its data belongs to the caller, who waits.
constexpr std::size_t kSyncWeight = 512;
// A commit takes no more than this beside its first function, so that nobody waits behind a mountain.
constexpr std::size_t kMaxGroupBytes = 8 * 1024 * 1024;
// While the disk is in trouble and nobody writes, the writer looks for recovery this often.
constexpr Millis kProbeEvery{500};

void tell(const WriteDone& done, Result<void> result) {
  if (!done) return;
  try {
    done(std::move(result));
  } catch (const std::exception& error) {
    telemetry::error("a completion of a write threw", {{"error", std::string(error.what())}});
  } catch (...) {
    telemetry::error("a completion of a write threw");
  }
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const SqliteOptions& options, const Clock& clock)
    : connection_(std::move(connection)), options_(options), disk_(options.path, options.ballast_bytes, clock) {
  disk_.ensure_ballast();
  page_size_ = connection_->number("PRAGMA page_size").value_or(4096);
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() { close(); }

bool Writer::push(Entry entry) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || waiting_.size() >= options_.max_waiting_writes) return false;
    if (!waiting_.empty() && waiting_bytes_ + entry.weight > options_.max_waiting_bytes) return false;
    waiting_bytes_ += entry.weight;
    waiting_.push_back(std::move(entry));
    wake = std::exchange(idle_, false);
  }
  if (wake) work_.notify_one();
  return true;
}

Result<void> Writer::write(const Context& context, WriteFn fn, Durability durability) {
  TRY_VOID(context.check());
  const auto ticket = std::make_shared<Ticket>();
  Entry entry{std::move(fn), nullptr, ticket, kSyncWeight, durability, std::nullopt, true};
  if (!push(std::move(entry))) {
    return std::unexpected(disk_error("the store takes no more writes now: too many wait, or it is closing"));
  }
  const std::stop_callback on_stop(context.stop(), [&] {
    const std::lock_guard lock(ticket->mutex);
    ticket->changed.notify_all();
  });
  using State = Ticket::State;
  std::unique_lock lock(ticket->mutex);
  while (ticket->state == State::waiting) {
    if (auto still = context.check(); !still) {
      ticket->state = State::abandoned;
      return still;
    }
    ticket->changed.wait_for(lock, std::clamp(context.remaining(), Millis{1}, Millis{60'000}));
  }
  // The function runs and may use what the caller owns: from here on only its end counts.
  ticket->changed.wait(lock, [&] { return ticket->state == State::finished; });
  return std::move(ticket->result);
}

bool Writer::write_async(WriteFn fn, std::size_t weight_bytes, WriteDone done) {
  if (!disk_.writable()) return false;
  return push({std::move(fn), std::move(done), nullptr, weight_bytes, Durability::durable, std::nullopt, true});
}

std::vector<Writer::Entry> Writer::take_group() {
  std::vector<Entry> group;
  std::unique_lock lock(mutex_);
  while (waiting_.empty() && !closing_) {
    idle_ = true;
    if (disk_.writable()) {
      work_.wait(lock);
    } else if (work_.wait_for(lock, kProbeEvery) == std::cv_status::timeout) {
      break;
    }
  }
  idle_ = false;
  std::size_t bytes = 0;
  while (!waiting_.empty() && group.size() < options_.max_group) {
    if (!group.empty() && bytes + waiting_.front().weight > kMaxGroupBytes) break;
    bytes += waiting_.front().weight;
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  return group;
}

void Writer::loop() {
  for (;;) {
    std::vector<Entry> group = take_group();
    if (!group.empty()) {
      commit_group(group);
    } else if (!disk_.writable()) {
      probe();
    }
    const std::lock_guard lock(mutex_);
    if (closing_ && waiting_.empty()) return;
  }
}

// Callers that gave up take their function out here; from now on the others wait for the end.
void Writer::start_members(std::vector<Entry>& group) {
  for (Entry& entry : group) {
    if (!entry.ticket) continue;
    const std::lock_guard lock(entry.ticket->mutex);
    entry.in_group = entry.ticket->state == Ticket::State::waiting;
    if (entry.in_group) entry.ticket->state = Ticket::State::running;
  }
  std::erase_if(group, [](const Entry& entry) { return !entry.in_group; });
}

void Writer::finish_members(std::vector<Entry>& group) {
  for (Entry& entry : group) {
    Result<void> result;
    if (entry.error) result = std::unexpected(std::move(*entry.error));
    if (!entry.ticket) {
      tell(entry.done, std::move(result));
      continue;
    }
    const std::lock_guard lock(entry.ticket->mutex);
    entry.ticket->result = std::move(result);
    entry.ticket->state = Ticket::State::finished;
    entry.ticket->changed.notify_all();
  }
}

void Writer::commit_group(std::vector<Entry>& group) {
  start_members(group);
  if (group.empty()) return;
  const auto started = std::chrono::steady_clock::now();
  Result<void> committed;
  if (disk_.may_try()) {
    committed = run_group(group);
    note_disk(committed ? nullptr : &committed.error());
  } else {
    committed = std::unexpected(disk_error("the store cannot be written: " + disk_.detail(),
                                           "free space on the disk of the data directory, or repair it"));
  }
  if (committed) {
    commits_.fetch_add(1, std::memory_order_relaxed);
    writes_.fetch_add(group.size(), std::memory_order_relaxed);
    last_commit_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
  } else {
    for (Entry& entry : group) entry.error = committed.error();
  }
  finish_members(group);
}

void Writer::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Db::Health Writer::health() const {
  Db::Health health;
  health.writable = disk_.writable();
  health.detail = disk_.detail();
  health.commits = commits_.load(std::memory_order_relaxed);
  health.writes = writes_.load(std::memory_order_relaxed);
  health.last_commit_ms = last_commit_ms_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  health.waiting_writes = waiting_.size();
  return health;
}

}  // namespace fm::store
