// Whole files. Errors name the path and what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fm {

// Errors: not_found, forbidden, too_large, unavailable.
Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes = std::uint64_t{4} << 30);
// Everything on standard input.
Result<std::string> read_stdin();
// Written beside the target, synced, renamed: readers see the old or the new, never half. mode: e.g. 0600.
Result<void> write_file_atomically(const std::string& path, std::string_view content, unsigned mode = 0644);
Result<void> make_directories(const std::string& path, unsigned mode = 0700);
struct DiskSpace {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};
Result<DiskSpace> disk_space(const std::string& path);

}  // namespace fm
