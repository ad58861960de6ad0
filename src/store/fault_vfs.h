// For tests only: a SQLite VFS that fails the n-th change of the disk (write, sync, truncate) on purpose.
#pragma once

namespace fm::store::testing {

enum class DiskFault { full, io };

// Becomes SQLite's default VFS for as long as it lives; one at a time; open no store before it. Thread-safe.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // The n-th change from now on fails (1: the next one), and the `times` - 1 after it.
  void fail_at(int n, DiskFault fault, int times = 1);
  void stop_failing();
  // Changes since the last fail_at() or stop_failing().
  int changes() const;
  // Faults given since then.
  int faults() const;
};

}  // namespace fm::store::testing
