#include "guard/hmac.h"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/params.h>

#include "guard/bytes.h"

namespace fm::guard {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching the algorithm and naming the digest cost more than hashing a small body: once per thread.
EVP_MAC_CTX* hmac_context() {
  thread_local const std::unique_ptr<EVP_MAC_CTX, FreeMac> context = [] {
    const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    std::unique_ptr<EVP_MAC_CTX, FreeMac> made(EVP_MAC_CTX_new(mac.get()));
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(made.get(), params) != 1) std::abort();
    return made;
  }();
  return context.get();
}

constexpr std::string_view kPrefix = "sha256=";

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view message) {
  EVP_MAC_CTX* context = hmac_context();
  std::string out(32, '\0');
  size_t length = 0;
  // An empty key must still be a key: OpenSSL takes a null key for "keep the last one".
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
  const bool ok =
      EVP_MAC_init(context, key_bytes, key.size(), nullptr) == 1 &&
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1 &&
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(out.data()), &length, out.size()) == 1;
  if (!ok || length != out.size()) std::abort();  // no hash: no signature can be judged
  return out;
}

std::string sha256(std::string_view message) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeMac> context(EVP_MD_CTX_new());
  std::string out(32, '\0');
  unsigned length = 0;
  const bool ok = EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
                  EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
                  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length) == 1;
  if (!ok || length != out.size()) std::abort();
  return out;
}

std::string github_signature(std::string_view secret, std::string_view body) {
  return std::string(kPrefix) + to_hex(hmac_sha256(secret, body));
}

bool github_signature_ok(std::string_view secret, std::string_view body, std::string_view header) {
  if (secret.empty() || !header.starts_with(kPrefix)) return false;
  const auto given = from_hex(header.substr(kPrefix.size()));
  return given && equal_constant_time(*given, hmac_sha256(secret, body));
}

}  // namespace fm::guard
