#include "guard/seal.h"

#include <climits>
#include <cstdlib>
#include <memory>

#include <openssl/evp.h>

#include "base/ids.h"

namespace fm::guard {
namespace {

constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const EVP_CIPHER* cipher() {
  static const std::unique_ptr<EVP_CIPHER, FreeCipher> gcm(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  return gcm.get();
}

EVP_CIPHER_CTX* context_of_thread() {
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  return context.get();
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::string seal(std::string_view key, std::string_view plain, std::string_view context) {
  std::string out = random_bytes(kNonce);
  out.resize(kNonce + plain.size() + kTag);
  auto* body = reinterpret_cast<unsigned char*>(out.data()) + kNonce;
  EVP_CIPHER_CTX* ctx = context_of_thread();
  int length = 0;
  const bool ok = key.size() == kSealKeyBytes && plain.size() < INT_MAX &&
                  EVP_EncryptInit_ex2(ctx, cipher(), bytes(key), bytes(out), nullptr) == 1 &&
                  EVP_EncryptUpdate(ctx, nullptr, &length, bytes(context), static_cast<int>(context.size())) == 1 &&
                  EVP_EncryptUpdate(ctx, body, &length, bytes(plain), static_cast<int>(plain.size())) == 1 &&
                  EVP_EncryptFinal_ex(ctx, body + plain.size(), &length) == 1 &&
                  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, kTag, body + plain.size()) == 1;
  if (!ok) std::abort();  // a wrong key length or a broken library: never write clear text instead
  return out;
}

Result<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view context) {
  if (sealed.size() < kNonce + kTag || sealed.size() >= INT_MAX)
    return fail(Code::invalid, "sealed bytes are too short");
  const std::string_view body = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string out(body.size(), '\0');
  auto* plain = reinterpret_cast<unsigned char*>(out.data());
  EVP_CIPHER_CTX* ctx = context_of_thread();
  int length = 0;
  const bool ok = key.size() == kSealKeyBytes &&
                  EVP_DecryptInit_ex2(ctx, cipher(), bytes(key), bytes(sealed), nullptr) == 1 &&
                  EVP_DecryptUpdate(ctx, nullptr, &length, bytes(context), static_cast<int>(context.size())) == 1 &&
                  EVP_DecryptUpdate(ctx, plain, &length, bytes(body), static_cast<int>(body.size())) == 1 &&
                  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1 &&
                  EVP_DecryptFinal_ex(ctx, plain + body.size(), &length) == 1;
  if (!ok)
    return fail(Code::invalid, "the sealed bytes do not open with this key",
                "restore the seal.key file that belongs to this data directory");
  return out;
}

}  // namespace fm::guard
