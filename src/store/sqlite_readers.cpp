#include "store/sqlite_readers.h"

namespace fm::store {
namespace {

constexpr std::size_t kMaxIdle = 6;
constexpr int kCacheKib = 512;
constexpr std::size_t kMaxStatements = 48;

}  // namespace

class Readers::Loan {
 public:
  Loan(Readers& owner, std::unique_ptr<Connection> connection) : owner_(owner), connection_(std::move(connection)) {}
  ~Loan() { owner_.give_back(std::move(connection_)); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  Connection& operator*() const { return *connection_; }

 private:
  Readers& owner_;
  std::unique_ptr<Connection> connection_;
};

Result<std::unique_ptr<Connection>> Readers::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return fail(Code::unavailable, "the store is closed");
    ++lent_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto opened = Connection::open(
      {.path = path_, .create = false, .read_only = true, .cache_kib = kCacheKib, .max_statements = kMaxStatements});
  if (!opened) give_back(nullptr);
  return opened;
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  std::unique_ptr<Connection> surplus;  // closed outside of the lock
  const std::lock_guard lock(mutex_);
  --lent_;
  if (connection && !closed_ && idle_.size() < kMaxIdle) {
    idle_.push_back(std::move(connection));
  } else {
    surplus = std::move(connection);
  }
  if (closed_) returned_.notify_all();
}

Result<void> Readers::read(std::string_view sql, std::span<const Value> values, const OnRow& on_row) {
  TRY(auto connection, borrow());
  const Loan loan(*this, std::move(connection));
  return (*loan).run(sql, values, on_row);
}

void Readers::close() {
  std::vector<std::unique_ptr<Connection>> idle;
  std::unique_lock lock(mutex_);
  closed_ = true;
  idle.swap(idle_);
  returned_.wait(lock, [&] { return lent_ == 0; });
}

}  // namespace fm::store
