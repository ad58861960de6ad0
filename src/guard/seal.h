// Encryption at rest: AES-256-GCM with a fresh random nonce, the key in the data directory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fm::guard {

inline constexpr size_t kSealKeyBytes = 32;

// nonce(12) ‖ ciphertext ‖ tag(16). context is authenticated, not stored (say what the bytes are: an event id).
std::string seal(std::string_view key, std::string_view plain, std::string_view context);
// Errors: invalid (changed bytes, other key, other context).
Result<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view context);

}  // namespace fm::guard
