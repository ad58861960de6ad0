#include "store/fault_vfs.h"

#include <atomic>
#include <cstring>
#include <new>

#include <sqlite3.h>

namespace fm::store::testing {
namespace {

struct State {
  std::atomic<int> changes{0};
  std::atomic<int> faults{0};
  std::atomic<int> first{0};  // 0: none fails
  std::atomic<int> times{1};
  std::atomic<DiskFault> fault{DiskFault::full};
};
State state;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs shim_vfs;

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

// Whether this change of the disk shall fail.
bool fails() {
  const int at = ++state.changes;
  const int first = state.first;
  if (first == 0 || at < first || at >= first + state.times) return false;
  ++state.faults;
  return true;
}
int code(int io_code) { return state.fault == DiskFault::full ? SQLITE_FULL : io_code; }

int on_write(sqlite3_file* file, const void* data, int n, sqlite3_int64 at) {
  return fails() ? code(SQLITE_IOERR_WRITE) : real_of(file)->pMethods->xWrite(real_of(file), data, n, at);
}
int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return fails() ? code(SQLITE_IOERR_TRUNCATE) : real_of(file)->pMethods->xTruncate(real_of(file), size);
}
int on_sync(sqlite3_file* file, int flags) {
  return fails() ? code(SQLITE_IOERR_FSYNC) : real_of(file)->pMethods->xSync(real_of(file), flags);
}
int on_close(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }
int on_read(sqlite3_file* file, void* data, int n, sqlite3_int64 at) {
  return real_of(file)->pMethods->xRead(real_of(file), data, n, at);
}
int on_size(sqlite3_file* file, sqlite3_int64* size) { return real_of(file)->pMethods->xFileSize(real_of(file), size); }
int on_lock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xLock(real_of(file), level); }
int on_unlock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xUnlock(real_of(file), level); }
int on_reserved(sqlite3_file* file, int* out) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}
int on_control(sqlite3_file* file, int op, void* arg) {
  return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}
int on_sector(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int on_traits(sqlite3_file* file) { return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)); }
int on_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}
int on_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}
void on_shm_barrier(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int on_shm_unmap(sqlite3_file* file, int remove) { return real_of(file)->pMethods->xShmUnmap(real_of(file), remove); }

const sqlite3_io_methods kMethods = {2,         on_close,   on_read,     on_write,       on_truncate,  on_sync,
                                     on_size,   on_lock,    on_unlock,   on_reserved,    on_control,   on_sector,
                                     on_traits, on_shm_map, on_shm_lock, on_shm_barrier, on_shm_unmap, nullptr,
                                     nullptr};

int on_open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  auto* ours = reinterpret_cast<File*>(file);
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  std::memset(ours->real, 0, static_cast<std::size_t>(real_vfs->szOsFile));
  const int rc = real_vfs->xOpen(real_vfs, name, ours->real, flags, out_flags);
  ours->base.pMethods = ours->real->pMethods != nullptr ? &kMethods : nullptr;
  return rc;
}

}  // namespace

FaultVfs::FaultVfs() {
  real_vfs = sqlite3_vfs_find(nullptr);
  shim_vfs = *real_vfs;
  shim_vfs.zName = "fault";
  shim_vfs.pNext = nullptr;
  shim_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  shim_vfs.xOpen = on_open;
  sqlite3_vfs_register(&shim_vfs, 1);
  stop_failing();
}
FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&shim_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}
void FaultVfs::fail_at(int n, DiskFault fault, int times) {
  state.fault = fault;
  state.times = times;
  state.changes = 0;
  state.faults = 0;
  state.first = n;
}
void FaultVfs::stop_failing() { fail_at(0, DiskFault::full); }
int FaultVfs::changes() const { return state.changes; }
int FaultVfs::faults() const { return state.faults; }

}  // namespace fm::store::testing
