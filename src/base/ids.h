// Identifiers that sort by the time they were made: 48 bits of milliseconds, 80 bits of randomness, in
// Crockford base 32 ("evt_01KAJ5…", 26 characters after the prefix), as in the ULID specification.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace fm {

// Unique over processes; within one process later calls sort after earlier ones of the same millisecond.
std::string new_id(std::string_view prefix, const Clock& clock);
// n random bytes from the kernel, as lower-case hexadecimal.
std::string random_hex(size_t n_bytes);
// n random bytes from the kernel.
std::string random_bytes(size_t n_bytes);
// Cheap randomness for jitter and trace ids, per thread; never for secrets.
std::uint64_t fast_random();

}  // namespace fm
