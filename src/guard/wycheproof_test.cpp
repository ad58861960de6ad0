// HMAC-SHA-256 against Project Wycheproof's vectors, where FM_VECTORS_DIR names a directory that holds
// hmac_sha256_test.json: https://github.com/C2SP/wycheproof
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "guard/bytes.h"
#include "guard/hmac.h"

namespace fm::guard {
namespace {

std::string vectors_path() {
  const char* named = std::getenv("FM_VECTORS_DIR");
  return named == nullptr ? "" : std::string(named) + "/hmac_sha256_test.json";
}

TEST(Wycheproof, HmacSha256) {
  const auto text = read_file(vectors_path(), 64 << 20);
  if (!text) GTEST_SKIP() << "no vectors: set FM_VECTORS_DIR to a directory with Wycheproof's hmac_sha256_test.json";
  const auto file = parse_json(*text);
  ASSERT_TRUE(file) << file.error().full();
  std::size_t tested = 0, refused = 0;
  for (const json::value& group : array_at(*file, "testGroups")) {
    const auto tag_bytes = static_cast<std::size_t>(int_at(group, "tagSize") / 8);
    for (const json::value& one : array_at(group, "tests")) {
      const auto key = from_hex(text_at(one, "key")), message = from_hex(text_at(one, "msg")),
                 tag = from_hex(text_at(one, "tag"));
      ASSERT_TRUE(key && message && tag);
      const bool same = equal_constant_time(hmac_sha256(*key, *message).substr(0, tag_bytes), *tag);
      EXPECT_EQ(same, text_at(one, "result") == "valid") << "tcId " << int_at(one, "tcId");
      ++tested;
      refused += same ? 0 : 1;
    }
  }
  EXPECT_GT(tested, 100U);
  EXPECT_GT(refused, 10U);
}

}  // namespace
}  // namespace fm::guard
