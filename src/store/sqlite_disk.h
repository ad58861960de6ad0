// What the writer does when the disk is full or fails: it refuses work from outside, gives the ballast's space to
// deletes, looks for recovery, and makes the ballast anew when there is room.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace fm::store {

// All but writable() and detail() is called by the writer's thread (or before it starts).
class DiskGuard {
 public:
  // database: the file's path; the ballast lies beside it as database + ".ballast". 0 bytes: no ballast.
  DiskGuard(std::string database, std::uint64_t ballast_bytes, const Clock& clock);

  // Makes the ballast if it is missing and there is room for it and half as much; says whether it is there.
  bool ensure_ballast();

  // A transaction failed by the disk. full: by lack of space. Logs once until the recovery.
  void failed(const Error& error, bool full);
  // Whether it is worth touching the disk now: always while all is well, else at most once a second after a failure.
  bool may_try() const;
  // A transaction reached the disk. free_in_file: bytes of unused pages inside the database. Ends the bad state when
  // there is room (which only matters when it began by lack of space).
  void succeeded(std::uint64_t free_in_file);

  bool writable() const { return writable_.load(std::memory_order_acquire); }
  std::string detail() const;

 private:
  bool has_room(std::uint64_t free_in_file) const;
  void release_ballast();
  std::uint64_t margin_bytes() const;

  const std::string database_;
  const std::string ballast_path_;
  const std::uint64_t ballast_bytes_;
  const Clock& clock_;
  std::atomic<bool> writable_{true};
  bool full_ = false;
  bool has_ballast_ = false;
  Steady next_try_{};
  Steady next_ballast_{};
  int failures_in_a_row_ = 0;
  mutable std::mutex mutex_;  // guards detail_
  std::string detail_;
};

}  // namespace fm::store
