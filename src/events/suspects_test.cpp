#include "events/suspects.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace fm::events {
namespace {

using tools::github::ChangedFile;
using tools::github::Commit;

ChangedFile file(std::string path, std::string patch = {}) {
  ChangedFile out;
  out.path = std::move(path);
  out.patch = std::move(patch);
  return out;
}
Commit commit(std::string sha, std::vector<ChangedFile> files, std::string message = "a change") {
  Commit out;
  out.sha = std::move(sha);
  out.message = std::move(message);
  out.author_name = "Ada Lovelace";
  out.author_login = "ada";
  out.files = std::move(files);
  return out;
}

const char* const kTraceback =
    "KeyError: 'price' in src/shop/cart.py\n"
    "  File \"src/shop/cart.py\", line 41, in total\n"
    "    return sum(item['price'] for item in items)\n";

TEST(Suspects, TheCommitThatChangesTheNamedFileComesFirst) {
  const auto ranked = rank_suspects({commit("old", {file("README.md")}), commit("guilty", {file("src/shop/cart.py")}),
                                     commit("new", {file("docs/x.md")})},
                                    kTraceback, "test_assertion");
  ASSERT_EQ(ranked.size(), 3U);
  EXPECT_EQ(ranked[0].sha, "guilty");
  EXPECT_TRUE(contains(ranked[0].why, "src/shop/cart.py")) << ranked[0].why;
  EXPECT_EQ(ranked[1].sha, "new") << "among equals the newest first";
  EXPECT_EQ(ranked[2].sha, "old");
  EXPECT_DOUBLE_EQ(ranked[1].score, 0.1);
}

// Each row: the first commit must rank above the second.
struct Pair {
  const char* name;
  Commit above, below;
  const char *evidence, *category;
};

TEST(Suspects, WhatWeighsMore) {
  const Pair table[] = {
      {"a quoted added line weighs more than the file's name alone",
       commit("a", {file("src/shop/cart.py", "@@ -1 +1 @@\n+    return sum(item['price'] for item in items)")}),
       commit("b", {file("src/shop/cart.py", "@@ -1 +1 @@\n+    pass")}), kTraceback, "test_assertion"},
      {"the whole path weighs more than the base name", commit("a", {file("src/shop/cart.py")}),
       commit("b", {file("other/cart.py")}), kTraceback, "test_assertion"},
      {"the base name weighs more than nothing", commit("a", {file("other/cart.py")}),
       commit("b", {file("other/card.py")}), kTraceback, "test_assertion"},
      {"a manifest for a dependency failure", commit("a", {file("web/package-lock.json")}),
       commit("b", {file("web/x.ts")}), "npm ERR! ERESOLVE", "dependency_install"},
      {"a workflow file for a configuration failure", commit("a", {file(".github/workflows/ci.yml")}),
       commit("b", {file("src/x.ts")}), "Invalid workflow file", "ci_config"},
      {"a Dockerfile for an image build", commit("a", {file("deploy/Dockerfile.prod")}),
       commit("b", {file("src/x.ts")}), "failed to solve", "docker_build"},
      {"the module behind a failing test", commit("a", {file("src/cart.py")}), commit("b", {file("src/user.py")}),
       "FAILED tests/test_cart.py::test_total", "test_assertion"},
  };
  for (const Pair& one : table) {
    for (const bool turned : {false, true}) {
      std::vector<Commit> commits{one.above, one.below};
      if (turned) std::swap(commits[0], commits[1]);
      const auto ranked = rank_suspects(commits, one.evidence, one.category);
      ASSERT_EQ(ranked.size(), 2U);
      EXPECT_EQ(ranked[0].sha, "a") << one.name;
      EXPECT_GT(ranked[0].score, ranked[1].score) << one.name;
    }
  }
}

TEST(Suspects, NamesInsideLongerWordsDoNotCount) {
  const auto ranked =
      rank_suspects({commit("a", {file("lib/cart.py")}), commit("b", {})}, "error in supercart.pyx", "unknown");
  EXPECT_DOUBLE_EQ(ranked[0].score, 0.1);
  EXPECT_DOUBLE_EQ(ranked[1].score, 0.1);
}

TEST(Suspects, APathInsideALongerPathIsAnotherFile) {
  const auto ranked = rank_suspects({commit("a", {file("art.py")}), commit("b", {})},
                                    "  File \"src/shop/cart.py\", line 41", "unknown");
  EXPECT_DOUBLE_EQ(ranked[0].score, 0.1) << "art.py is not cart.py: " << ranked[0].why;
}

TEST(Suspects, ALoneCommitStartsAtSixTenths) {
  const auto ranked = rank_suspects({commit("only", {})}, "nothing", "unknown");
  ASSERT_EQ(ranked.size(), 1U);
  EXPECT_DOUBLE_EQ(ranked[0].score, 0.6);
  EXPECT_TRUE(contains(ranked[0].why, "only commit"));
}

TEST(Suspects, ScoresStayBetweenZeroAndOneAndFiveAreEnough) {
  std::vector<Commit> commits;
  for (int i = 0; i < 40; ++i) {
    commits.push_back(
        commit("c" + std::to_string(i), {file("src/shop/cart.py", "+    return sum(item['price'] for item in items)"),
                                         file("package.json"), file(".github/workflows/ci.yml")}));
  }
  const auto ranked = rank_suspects(commits, kTraceback, "dependency_install");
  ASSERT_EQ(ranked.size(), 5U);
  EXPECT_EQ(ranked[0].sha, "c39");
  for (const Suspect& one : ranked) {
    EXPECT_GT(one.score, 0);
    EXPECT_LE(one.score, 1);
  }
}

TEST(Suspects, SaysWhoAndTheFirstLineOnly) {
  Commit by_mail = commit("a", {}, "first line " + std::string(500, 'x') + "\n\nbody");
  by_mail.author_login.clear();
  const auto ranked = rank_suspects({by_mail}, "", "unknown");
  EXPECT_EQ(ranked[0].author, "Ada Lovelace");
  EXPECT_LE(ranked[0].message.size(), 200U);
  EXPECT_FALSE(contains(ranked[0].message, "body"));
  EXPECT_TRUE(rank_suspects({}, kTraceback, "unknown").empty());
}

}  // namespace
}  // namespace fm::events
