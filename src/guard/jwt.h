// JSON Web Tokens that firstmate signs for others (a GitHub App's assertion: RS256).
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace fm::guard {

// claims as a compact RS256 token (RFC 7515). private_key_pem: PKCS#1 or PKCS#8.
// Errors: invalid (no usable RSA key; the message never holds the key).
Result<std::string> sign_rs256(std::string_view private_key_pem, const json::object& claims);

}  // namespace fm::guard
