#include "base/file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace fm {
namespace {

std::unexpected<Error> fail_errno(int error, std::string_view doing, const std::string& path) {
  Code code = Code::unavailable;
  if (error == ENOENT) code = Code::not_found;
  if (error == EACCES || error == EPERM) code = Code::forbidden;
  return fail(code, fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

Result<std::string> read_all(int fd, const std::string& path, std::uint64_t max_bytes, size_t expected) {
  std::string out;
  out.resize(expected + 1);
  size_t have = 0;
  for (;;) {
    if (have == out.size()) out.resize(out.size() * 2);
    const ssize_t got = ::read(fd, out.data() + have, out.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read", path);
    if (got == 0) break;
    have += static_cast<size_t>(got);
    if (have > max_bytes)
      return fail(Code::too_large, fmt::format("{} is over the limit of {} bytes", path, max_bytes));
  }
  out.resize(have);
  return out;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return fail_errno(errno, "open", path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "stat", path);
  if (S_ISDIR(info.st_mode)) return fail(Code::invalid, fmt::format("{} is a directory; name a file", path));
  return read_all(fd.get(), path, max_bytes, info.st_size > 0 ? static_cast<size_t>(info.st_size) : 65536);
}

Result<std::string> read_stdin() { return read_all(0, "standard input", std::uint64_t{4} << 30, 1 << 20); }

Result<void> write_file_atomically(const std::string& path, std::string_view content, unsigned mode) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (fd.get() < 0) return fail_errno(errno, "create", temporary);
  for (std::string_view rest = content; !rest.empty();) {
    const ssize_t put = ::write(fd.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int error = errno;
      ::unlink(temporary.c_str());
      return fail_errno(error, "write", temporary);
    }
    rest.remove_prefix(static_cast<size_t>(put));
  }
  if (::fdatasync(fd.get()) != 0) return fail_errno(errno, "sync", temporary);
  fd.reset();
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail_errno(errno, "rename", path);
  return {};
}

Result<void> make_directories(const std::string& path, unsigned mode) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) return fail_errno(error.value(), "create directory", path);
  if (made) ::chmod(path.c_str(), mode);
  return {};
}

Result<DiskSpace> disk_space(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return fail_errno(errno, "ask the free space of", path);
  return DiskSpace{std::uint64_t{info.f_bavail} * info.f_frsize, std::uint64_t{info.f_blocks} * info.f_frsize};
}

}  // namespace fm
