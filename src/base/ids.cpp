#include "base/ids.h"

#include <array>
#include <cstdlib>
#include <mutex>
#include <random>

#include <sys/random.h>

namespace fm {
namespace {

constexpr std::string_view kBase32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::uint64_t seed() {
  std::uint64_t value = 0;
  const std::string bytes = random_bytes(sizeof value);
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// The 80 random bits; counted up within one millisecond so that ids of one process keep their order.
struct Sequence {
  std::mutex mutex;
  UnixMs last_ms = 0;
  std::uint16_t high = 0;
  std::uint64_t low = 0;
};

}  // namespace

std::string random_bytes(size_t n_bytes) {
  std::string bytes(n_bytes, '\0');
  for (size_t have = 0; have < n_bytes;) {
    const ssize_t got = getrandom(bytes.data() + have, n_bytes - have, 0);
    if (got < 0) std::abort();  // no randomness: nothing safe can be done
    have += static_cast<size_t>(got);
  }
  return bytes;
}

std::string random_hex(size_t n_bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(2 * n_bytes);
  for (const char c : random_bytes(n_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::uint64_t fast_random() {
  thread_local std::mt19937_64 engine{seed()};
  return engine();
}

std::string new_id(std::string_view prefix, const Clock& clock) {
  static Sequence sequence;
  UnixMs ms = clock.now_ms();
  std::uint16_t high = 0;
  std::uint64_t low = 0;
  {
    const std::lock_guard lock(sequence.mutex);
    if (ms > sequence.last_ms) {
      sequence.last_ms = ms;
      sequence.high = static_cast<std::uint16_t>(fast_random() & 0x7FFF);
      sequence.low = fast_random();
    } else {
      ms = sequence.last_ms;
      if (++sequence.low == 0) ++sequence.high;
    }
    high = sequence.high;
    low = sequence.low;
  }
  std::array<char, 26> text{};
  auto time = static_cast<std::uint64_t>(ms);
  for (size_t i = 10; i-- > 0; time >>= 5) text[i] = kBase32[time & 31];
  for (size_t i = 26; i-- > 10;) {
    text[i] = kBase32[low & 31];
    low = low >> 5 | static_cast<std::uint64_t>(high & 31) << 59;
    high = static_cast<std::uint16_t>(high >> 5);
  }
  std::string id(prefix);
  id.append(text.data(), text.size());
  return id;
}

}  // namespace fm
