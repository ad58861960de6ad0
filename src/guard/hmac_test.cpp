#include "guard/hmac.h"

#include <gtest/gtest.h>

#include "guard/bytes.h"
#include "guard/seal.h"

namespace fm::guard {
namespace {

TEST(Hmac, GitHubDocumentationExample) {
  // The example of GitHub's "Validating webhook deliveries".
  EXPECT_TRUE(github_signature_ok("It's a Secret to Everybody", "Hello, World!",
                                  "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"));
  EXPECT_FALSE(github_signature_ok("It's a Secret to Everybody", "Hello, World?",
                                   "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"));
}

TEST(Hmac, RefusesWhatIsNoSignature) {
  for (const char* header :
       {"", "sha256=", "sha1=abc", "sha256=zz", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}) {
    EXPECT_FALSE(github_signature_ok("k", "b", header)) << header;
  }
  EXPECT_FALSE(github_signature_ok("", "b", github_signature("", "b"))) << "an empty secret never signs";
}

TEST(Hmac, Rfc4231Case2) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Bytes, RoundTrips) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(from_base64(to_base64(text)), text);
    EXPECT_EQ(from_hex(to_hex(text)), text);
  }
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(from_base64("Zm9="), std::nullopt) << "trailing bits";
  EXPECT_EQ(from_base64("Zg==="), std::nullopt);
  EXPECT_EQ(from_base64("Z g="), std::nullopt);
}

TEST(Seal, OpensOnlyWithKeyAndContext) {
  const std::string key(kSealKeyBytes, 'k');
  const std::string sealed = seal(key, "a payload", "evt_1");
  EXPECT_EQ(unseal(key, sealed, "evt_1").value(), "a payload");
  EXPECT_FALSE(unseal(key, sealed, "evt_2"));
  EXPECT_FALSE(unseal(std::string(kSealKeyBytes, 'x'), sealed, "evt_1"));
  std::string changed = sealed;
  changed[14] = static_cast<char>(changed[14] ^ 1);
  EXPECT_FALSE(unseal(key, changed, "evt_1"));
  EXPECT_FALSE(unseal(key, "short", "evt_1"));
}

}  // namespace
}  // namespace fm::guard
