// Reads zip archives in memory (stored and deflated entries, zip64 for large archives), within stated limits.
// PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fm::tools::github {

struct ZipLimits {
  std::size_t max_entries = 10'000;
  std::uint64_t max_total_bytes = 256 * 1024 * 1024;  // unpacked, over all entries read
  // An archive of text packs perhaps 1:30; far beyond that it is a bomb. Judged only above 1 MiB.
  std::uint64_t max_ratio = 500;
};

// An archive whose bytes outlive it. Not thread-safe (it counts what it unpacked).
class ZipReader {
 public:
  struct Entry {
    std::string name;  // relative, '/' between parts; never "..", absolute, or with a control character
    std::uint64_t packed_bytes = 0;
    std::uint64_t size_bytes = 0;  // as declared; checked when read
    std::uint64_t offset = 0;      // of its local header
    std::uint32_t crc32 = 0;
    std::uint16_t method = 0;  // 0 stored, 8 deflated
  };

  // Reads the directory. Errors: invalid (damaged, encrypted, split, a bad or repeated name, overlapping entries),
  // too_large.
  static Result<ZipReader> open(std::string_view bytes, ZipLimits limits = {});

  // Without folders, in the archive's order.
  const std::vector<Entry>& entries() const { return entries_; }
  // Errors: invalid (damaged, wrong size or checksum, unknown method), too_large (limits over all reads so far).
  Result<std::string> read(const Entry& entry);

 private:
  ZipReader(std::string_view bytes, ZipLimits limits) : bytes_(bytes), limits_(limits) {}

  std::string_view bytes_;
  ZipLimits limits_;
  std::vector<Entry> entries_;
  std::uint64_t unpacked_bytes_ = 0;
};

}  // namespace fm::tools::github
