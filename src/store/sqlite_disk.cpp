#include "store/sqlite_disk.h"

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "telemetry/log.h"

namespace fm::store {
namespace {

constexpr Millis kTryEvery{1'000};
constexpr Millis kBallastEvery{60'000};

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool has_blocks(const std::string& path, std::uint64_t bytes) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return false;
  return static_cast<std::uint64_t>(info.st_size) == bytes && static_cast<std::uint64_t>(info.st_blocks) * 512 >= bytes;
}

// Errors as errno values; 0 is success.
int allocate(const std::string& path, std::uint64_t bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  ::close(fd);
  return error;
}

}  // namespace

DiskGuard::DiskGuard(std::string database, std::uint64_t ballast_bytes, const Clock& clock)
    : database_(std::move(database)),
      ballast_path_(database_ + ".ballast"),
      ballast_bytes_(ballast_bytes),
      clock_(clock) {}

// Kept free beyond the ballast before work from outside is taken again, so that recovery does not flap.
std::uint64_t DiskGuard::margin_bytes() const { return std::max<std::uint64_t>(2 << 20, ballast_bytes_ / 2); }

bool DiskGuard::ensure_ballast() {
  if (ballast_bytes_ == 0 || has_ballast_) return true;
  if (has_blocks(ballast_path_, ballast_bytes_)) return has_ballast_ = true;
  next_ballast_ = clock_.steady() + kBallastEvery;
  const auto space = disk_space(directory_of(database_));
  if (!space || space->free_bytes < ballast_bytes_ + margin_bytes()) {
    telemetry::warn("there is no room for the file that keeps space for deletes",
                    {{"path", ballast_path_}, {"wanted", human_bytes(ballast_bytes_)}});
    return false;
  }
  if (const int error = allocate(ballast_path_, ballast_bytes_); error != 0) {
    ::unlink(ballast_path_.c_str());
    telemetry::warn("could not make the file that keeps space for deletes",
                    {{"path", ballast_path_}, {"error", std::string(std::strerror(error))}});
    return false;
  }
  return has_ballast_ = true;
}

void DiskGuard::release_ballast() {
  if (!has_ballast_) return;
  ::unlink(ballast_path_.c_str());
  has_ballast_ = false;
}

void DiskGuard::failed(const Error& error, bool full) {
  // The first failure may be a passing one: look again at once. After that, once a second.
  next_try_ = clock_.steady() + (failures_in_a_row_++ == 0 ? Millis{0} : kTryEvery);
  if (full && !full_) {
    full_ = true;
    release_ballast();
  }
  const std::string detail = full_ ? "the disk of the data directory is full" : error.full();
  const bool first = writable_.exchange(false, std::memory_order_acq_rel);
  {
    const std::lock_guard lock(mutex_);
    detail_ = detail;
  }
  if (first) {
    telemetry::error(
        full_ ? "the disk is full: new work is refused until there is room" : "the store cannot be written",
        {{"path", database_}, {"error", error.full()}, {"remedy", error.remedy}});
  }
}

bool DiskGuard::may_try() const { return writable() || clock_.steady() >= next_try_; }

bool DiskGuard::has_room(std::uint64_t free_in_file) const {
  const auto space = disk_space(directory_of(database_));
  if (!space) return false;
  const std::uint64_t wanted = margin_bytes() + (has_ballast_ ? 0 : ballast_bytes_);
  return space->free_bytes + free_in_file >= wanted;
}

void DiskGuard::succeeded(std::uint64_t free_in_file) {
  failures_in_a_row_ = 0;
  if (writable()) {
    if (!has_ballast_ && ballast_bytes_ != 0 && clock_.steady() >= next_ballast_) ensure_ballast();
    return;
  }
  if (full_ && !has_room(free_in_file)) return;
  full_ = false;
  writable_.store(true, std::memory_order_release);
  telemetry::info("the store can be written again", {{"path", database_}});
  ensure_ballast();
}

std::string DiskGuard::detail() const {
  if (writable()) return {};
  const std::lock_guard lock(mutex_);
  return detail_;
}

}  // namespace fm::store
