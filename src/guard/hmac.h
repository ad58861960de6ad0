// Keyed and plain hashes.
#pragma once

#include <string>
#include <string_view>

namespace fm::guard {

// 32 raw bytes (RFC 2104 over SHA-256). Reuses per-thread contexts: about 1 µs plus the bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);
// 32 raw bytes.
std::string sha256(std::string_view message);

// GitHub's X-Hub-Signature-256: "sha256=" and 64 hexadecimal digits over the raw body. Constant time.
bool github_signature_ok(std::string_view secret, std::string_view body, std::string_view header);
std::string github_signature(std::string_view secret, std::string_view body);

}  // namespace fm::guard
