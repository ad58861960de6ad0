// Compression of what is stored (zstd).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fm {

// level: negative is fastest (-3: about 1 GB/s on JSON), 3 is the usual compromise. Contexts are kept per thread.
std::string compress(std::string_view text, int level);
// Errors: invalid (not made by compress, damaged), too_large.
Result<std::string> decompress(std::string_view packed, std::size_t max_bytes = std::size_t{1} << 30);

}  // namespace fm
