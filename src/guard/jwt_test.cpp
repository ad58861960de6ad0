#include "guard/jwt.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "guard/bytes.h"

namespace fm::guard {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

std::string pem_of(const Key& key, bool traditional, const char* pass_phrase = nullptr) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = pass_phrase == nullptr ? nullptr : EVP_aes_128_cbc();
  const int ok = traditional ? PEM_write_bio_PrivateKey_traditional(bio.get(), key.get(), cipher, nullptr, 0, nullptr,
                                                                    const_cast<char*>(pass_phrase))
                             : PEM_write_bio_PrivateKey(bio.get(), key.get(), cipher, nullptr, 0, nullptr,
                                                        const_cast<char*>(pass_phrase));
  EXPECT_EQ(ok, 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

const Key& rsa() {
  static const Key key(EVP_RSA_gen(2048));
  return key;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string padded = replace_all(replace_all(std::string(text), "-", "+"), "_", "/");
  while (padded.size() % 4 != 0) padded += '=';
  return from_base64(padded);
}

bool verifies(const Key& key, std::string_view signed_part, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size()) == 1;
}

TEST(Jwt, OpenSslVerifiesWhatWeSigned) {
  const json::object claims{{"iss", "12345"}, {"iat", 1'764'000'000}, {"note", "ä?>~"}};
  for (const bool traditional : {true, false}) {
    const std::string pem = pem_of(rsa(), traditional);
    EXPECT_TRUE(contains(pem, traditional ? "BEGIN RSA PRIVATE KEY" : "BEGIN PRIVATE KEY"));
    const auto token = sign_rs256(pem, claims);
    ASSERT_TRUE(token) << token.error().full();
    const auto parts = split(*token, '.');
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(token->find_first_of("+/= \n"), std::string::npos) << "base64url without padding";
    const auto header = parse_json(from_base64url(parts[0]).value()).value();
    EXPECT_EQ(text_at(header, "alg"), "RS256");
    EXPECT_EQ(text_at(header, "typ"), "JWT");
    EXPECT_EQ(parse_json(from_base64url(parts[1]).value()).value(), json::value(claims));
    const std::string signature = from_base64url(parts[2]).value();
    const std::string signed_part = token->substr(0, token->rfind('.'));
    EXPECT_TRUE(verifies(rsa(), signed_part, signature));
    EXPECT_FALSE(verifies(rsa(), signed_part + "x", signature));
  }
}

TEST(Jwt, RefusesKeysThatAreNoRsa) {
  const Key ec(EVP_EC_gen("P-256"));
  const std::string rsa_pem = pem_of(rsa(), true);
  for (const std::string& bad : {std::string(), std::string("no key at all"), pem_of(ec, false),
                                 rsa_pem.substr(0, rsa_pem.size() / 2), replace_all(rsa_pem, "\n", "")}) {
    const auto token = sign_rs256(bad, {});
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, Code::invalid);
    EXPECT_FALSE(token.error().remedy.empty());
    if (bad.size() > 100) {
      EXPECT_FALSE(contains(token.error().full() + token.error().remedy, bad.substr(60, 20)));
    }
  }
}

TEST(Jwt, AKeyWithAPassPhraseIsRefusedWithoutAsking) {
  EXPECT_FALSE(sign_rs256(pem_of(rsa(), true, "secret"), {}));
  EXPECT_FALSE(sign_rs256(pem_of(rsa(), false, "secret"), {}));
}

}  // namespace
}  // namespace fm::guard
