// The data directory belongs to one process: an advisory lock (flock) on a file of its own, freed by the kernel when
// the process ends in whatever way.
#pragma once

#include <string>

#include "base/result.h"

namespace fm::store {

class DirectoryLock {
 public:
  // Locks directory/firstmate.lock. Errors: conflict (held; the message names the holder), forbidden, unavailable.
  static Result<DirectoryLock> take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace fm::store
