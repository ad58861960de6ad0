#include "guard/jwt.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "guard/bytes.h"

namespace fm::guard {
namespace {

struct FreeKey {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// A key that asks for a pass phrase is refused instead of asking on the terminal.
int no_pass_phrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<std::string> sign_rs256(std::string_view private_key_pem, const json::object& claims) {
  const std::unique_ptr<BIO, FreeKey> bio(
      BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())));
  const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(Code::invalid, "the private key is not an RSA key in PEM form",
                "download the App's private key again and give its file (-----BEGIN RSA PRIVATE KEY-----)");
  }
  const std::string signed_part = to_base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + to_base64url(to_json(claims));
  const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
  size_t length = 0;
  const auto* input = reinterpret_cast<const unsigned char*>(signed_part.data());
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, input, signed_part.size()) != 1) {
    return fail(Code::internal, "signing failed");
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, input,
                     signed_part.size()) != 1) {
    return fail(Code::internal, "signing failed");
  }
  signature.resize(length);
  return signed_part + "." + to_base64url(signature);
}

}  // namespace fm::guard
