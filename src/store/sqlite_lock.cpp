#include "store/sqlite_lock.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"

namespace fm::store {
namespace {

std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  return got > 0 ? std::string(trim({text.data(), static_cast<size_t>(got)})) : std::string("?");
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const std::string path = directory + "/firstmate.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    const int error = errno;
    const Code code = error == EACCES || error == EPERM || error == EROFS ? Code::forbidden : Code::unavailable;
    return fail(code, fmt::format("open {}: {}", path, std::strerror(error)),
                fmt::format("make the directory {} writable for this user, or set another data directory", directory));
  }
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::conflict, fmt::format("the data directory {} is in use by process {}", directory, holder_of(fd)),
                "stop that process, or set another data directory for this one");
  }
  // For people and for the message above; the lock itself does not depend on it.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) [[maybe_unused]]
    const ssize_t put = ::pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace fm::store
