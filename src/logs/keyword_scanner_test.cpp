#include "logs/keyword_scanner.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace fm::logs {
namespace {

std::set<int> found_in(const KeywordScanner& scanner, std::string_view text) {
  std::set<int> ids;
  scanner.scan(text, [&ids](int id) {
    ids.insert(id);
    return true;
  });
  return ids;
}

TEST(KeywordScanner, FindsOverlappingWordsInAnyCase) {
  const KeywordScanner scanner({"he", "she", "hers", "", "error:", "\xE2\x9C\x97"});
  EXPECT_EQ(found_in(scanner, "uSHErs"), (std::set<int>{0, 1, 2}));
  EXPECT_EQ(found_in(scanner, "ERROR: x"), (std::set<int>{4}));
  EXPECT_EQ(found_in(scanner, "\xE2\x9C\x97 fails"), (std::set<int>{5}));
  EXPECT_EQ(found_in(scanner, ""), std::set<int>{});
}

TEST(KeywordScanner, AgreesWithSearchingOneByOne) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> words;
    for (int w = 0; w < 12; ++w) {
      std::string word;
      for (size_t i = 0; i < 1 + random() % 4; ++i) word += static_cast<char>('a' + random() % 3);
      words.push_back(word);
    }
    std::string text;
    for (int i = 0; i < 40; ++i) text += static_cast<char>('a' + random() % 4);
    std::set<int> expected;
    for (size_t w = 0; w < words.size(); ++w) {
      if (text.find(words[w]) != std::string::npos) expected.insert(static_cast<int>(w));
    }
    ASSERT_EQ(found_in(KeywordScanner(words), text), expected) << text;
  }
}

TEST(KeywordScanner, StopsWhenTold) {
  int calls = 0;
  KeywordScanner({"a"}).scan("aaaa", [&calls](int) { return ++calls < 2; });
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace fm::logs
