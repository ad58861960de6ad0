#include "base/compress.h"

#include <gtest/gtest.h>

namespace fm {
namespace {

TEST(Compress, ComesBackAtEveryLevel) {
  std::string json;
  for (int i = 0; i < 10'000; ++i) json += "{\"id\":" + std::to_string(i) + ",\"name\":\"acme/web\"}\n";
  for (const int level : {-3, 1, 3}) {
    for (const std::string& text : {std::string(), std::string("x"), std::string("\0\xff\n", 3), json}) {
      EXPECT_EQ(decompress(compress(text, level)).value(), text) << level;
    }
    EXPECT_LT(compress(json, level).size(), json.size() / 3) << level;
  }
}

TEST(Compress, DamagedOrForeignBytesAreRefused) {
  const std::string packed = compress(std::string(10'000, 'x'), 3);
  for (const std::string& bad :
       {std::string(), std::string("no zstd"), packed.substr(0, packed.size() / 2), packed.substr(1)}) {
    const auto text = decompress(bad);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Code::invalid);
  }
}

TEST(Compress, NeverUnpacksMoreThanAllowed) {
  const std::string bomb = compress(std::string(50'000'000, '\0'), 3);
  EXPECT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(decompress(bomb, 1'000'000).error().code, Code::too_large);
  EXPECT_EQ(decompress(bomb, 50'000'000).value().size(), 50'000'000U);
}

}  // namespace
}  // namespace fm
