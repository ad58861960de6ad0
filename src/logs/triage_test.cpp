// Whole logs in, what a person needs out. The logs are the project's own, in the form of the tools that they name.
#include "logs/triage.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/json.h"
#include "logs/line_index.h"

namespace fm::logs {
namespace {

std::string repeat(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// Asks of one log's triage in words.
class Asked {
 public:
  explicit Asked(std::string log, std::optional<std::string> passing = std::nullopt, const RuleSet& rules = RuleSet())
      : log_(std::move(log)),
        index_(log_),
        answer(triage(log_, passing ? std::optional<std::string_view>(*passing) : std::nullopt, rules)) {}

  /// Whether the line that holds `text` first is shown as failure (not as context).
  bool shows(std::string_view text) const {
    for (const Block& block : answer.blocks) {
      if (block.kind == BlockKind::context) continue;
      for (size_t n = block.start; n <= block.end; ++n) {
        if (index_.line(n).find(text) != std::string_view::npos) return true;
      }
    }
    return false;
  }
  size_t shown() const {
    size_t lines = 0;
    for (const Block& block : answer.blocks)
      lines += block.kind == BlockKind::context ? 0 : block.end - block.start + 1;
    return lines;
  }

 private:
  std::string log_;
  LineIndex index_;

 public:
  Triage answer;
};

constexpr std::string_view kPytest =
    "2026-03-02T08:15:50.1000000Z ##[group]Run actions/checkout@v4\n"
    "2026-03-02T08:15:50.2000000Z with: shop\n"
    "2026-03-02T08:15:50.3000000Z ##[endgroup]\n"
    "2026-03-02T08:15:51.1000000Z ##[group]Run pytest -q\n"
    "2026-03-02T08:15:51.2000000Z pytest -q\n"
    "2026-03-02T08:15:51.3000000Z ##[endgroup]\n"
    "2026-03-02T08:15:52.1000000Z ..........F.....                                 [100%]\n"
    "2026-03-02T08:15:52.2000000Z =================================== FAILURES ===================================\n"
    "2026-03-02T08:15:52.3000000Z __________________________________ test_total __________________________________\n"
    "2026-03-02T08:15:52.4000000Z \n"
    "2026-03-02T08:15:52.5000000Z     def test_total():\n"
    "2026-03-02T08:15:52.6000000Z >       assert total([1, 2]) == 4\n"
    "2026-03-02T08:15:52.7000000Z E       assert 3 == 4\n"
    "2026-03-02T08:15:52.8000000Z \n"
    "2026-03-02T08:15:52.9000000Z tests/test_pay.py:12: AssertionError\n"
    "2026-03-02T08:15:53.1000000Z =========================== short test summary info ============================\n"
    "2026-03-02T08:15:53.2000000Z FAILED tests/test_pay.py::test_total - assert 3 == 4\n"
    "2026-03-02T08:15:53.3000000Z 1 failed, 15 passed in 0.71s\n"
    "2026-03-02T08:15:53.4000000Z ##[error]Process completed with exit code 1.\n"
    "2026-03-02T08:15:54.1000000Z Post job cleanup.\n"
    "2026-03-02T08:15:54.2000000Z git version 2.43.0\n";

TEST(Triage, ReadsAPytestFailureOfGitHubActions) {
  const Asked asked{std::string(kPytest)};
  EXPECT_TRUE(asked.shows("E       assert 3 == 4"));
  EXPECT_TRUE(asked.shows("FAILED tests/test_pay.py::test_total"));
  EXPECT_TRUE(asked.shows("##[error]"));
  EXPECT_TRUE(asked.shows("tests/test_pay.py:12: AssertionError"));
  EXPECT_FALSE(asked.shows("git version"));
  EXPECT_EQ(asked.answer.cause.category, "test_assertion");
  EXPECT_NE(asked.answer.cause.summary.find("tests/test_pay.py::test_total"), std::string::npos)
      << asked.answer.cause.summary;
  ASSERT_TRUE(asked.answer.step);
  EXPECT_EQ(asked.answer.step->name, "pytest -q");
  EXPECT_EQ(asked.answer.step->start, 4U);
  EXPECT_EQ(asked.answer.step->end, 19U);
  EXPECT_EQ(asked.answer.failing_tests, std::vector<std::string>{"tests/test_pay.py::test_total"});
  EXPECT_EQ(asked.answer.lines, 21U);
}

TEST(Triage, ReadsTheColumnsOfTheGitHubCommand) {
  std::string log;
  const LineIndex index(kPytest);
  for (size_t n = 1; n <= index.size(); ++n)
    log += (n < 4    ? "unit\tSet up job\t"
            : n < 20 ? "unit\tRun tests\t"
                     : "unit\tComplete job\t") +
           std::string(index.line(n)) + "\n";
  const Asked asked(log);
  ASSERT_TRUE(asked.answer.step);
  EXPECT_EQ(asked.answer.step->name, "Run tests");
  EXPECT_EQ(asked.answer.step->start, 4U);
  EXPECT_EQ(asked.answer.step->end, 19U);
  EXPECT_EQ(asked.answer.failing_tests.size(), 1U);
  // The same failure by whichever way the log came.
  EXPECT_EQ(asked.answer.fingerprint, Asked{std::string(kPytest)}.answer.fingerprint);
}

TEST(Triage, ShowsOnlyWhatIsNewSinceThePassingRun) {
  const std::string noise =
      "ERROR shop.Cart - expected in this test: no such item 17\n\tat shop.Cart.get(Cart.java:3)\n\tat "
      "shop.CartTest.missing(CartTest.java:9)\n";
  const std::string passing = repeat("[INFO] building\n" + noise, 5) + "[INFO] BUILD SUCCESS\nFinished: SUCCESS\n";
  const std::string failing = repeat("[INFO] building\n" + noise, 5) +
                              "[ERROR] /work/shop/Pay.java:[7,12] cannot find symbol\n  symbol:   class Tax\n[INFO] "
                              "BUILD FAILURE\nFinished: FAILURE\n";
  const Asked asked(failing, passing);
  EXPECT_TRUE(asked.shows("cannot find symbol"));
  EXPECT_TRUE(asked.shows("symbol:   class Tax"));
  EXPECT_FALSE(asked.shows("expected in this test"));
  EXPECT_LE(asked.shown(), 3U);
  EXPECT_EQ(asked.answer.cause.category, "compile_error");
}

TEST(Triage, PassesOverErrorsThatTestsProvoke) {
  const std::string provoked =
      "java.lang.IllegalStateException: provoked\n\tat shop.A.b(A.java:1)\n\tat shop.A.c(A.java:2)\n" +
      repeat("[INFO] fine\n", 90);
  const Asked asked(repeat(provoked, 4) +
                    "[ERROR] Failed to execute goal compile on project pay: Compilation failure\n[ERROR] \nBuild step "
                    "'Execute shell' marked build as failure\n");
  EXPECT_FALSE(asked.shows("provoked"));
  EXPECT_TRUE(asked.shows("Failed to execute goal"));
  EXPECT_TRUE(asked.shows("marked build as failure"));
}

TEST(Triage, GoesBackToTheRootFarAboveTheEnd) {
  const Asked asked("##[group]Run make\nfatal: detected dubious ownership in repository at '/srv/shop'\n" +
                    repeat("copying files\n", 500) +
                    "No tests found, exiting with code 1\n##[error]Process completed with exit code 1.\n");
  EXPECT_TRUE(asked.shows("dubious ownership"));
  EXPECT_EQ(asked.answer.cause.category, "permission_or_secret");
}

TEST(Triage, ShortensLongListsAndRepeats) {
  std::string log = "##[group]Run mypy shop\n";
  for (int i = 1; i <= 300; ++i)
    log += "shop/a" + std::to_string(i) + ".py:" + std::to_string(i) +
           ": error: Module has no attribute \"x\"  [attr-defined]\n";
  log += "Found 300 errors in 300 files (checked 500 source files)\n##[error]Process completed with exit code 1.\n";
  const Asked asked(log);
  EXPECT_TRUE(asked.shows("shop/a1.py:1:"));
  EXPECT_TRUE(asked.shows("Found 300 errors"));
  EXPECT_LE(asked.shown(), 60U);
  EXPECT_EQ(asked.answer.cause.category, "type_error");
  EXPECT_LE(asked.answer.key_lines.size(), 8U);
}

TEST(Triage, ShowsTheLastWordsBeforeABareExit) {
  const Asked asked(
      "##[group]Run ./check.sh\n./check.sh\n##[endgroup]\nComparing with the template\nREADME.md is out of date, run "
      "./docs.sh\n##[error]Process completed with exit code 1.\n");
  EXPECT_TRUE(asked.shows("README.md is out of date"));
  EXPECT_EQ(asked.answer.key_lines, (std::vector<size_t>{5}));
}

TEST(Triage, ReadsTheRuleNearestTheFailure) {
  RuleSource early, late;
  early.id = "cache-miss";
  early.category = "infrastructure";
  early.tool = "cache";
  early.match = {"cache not found"};
  early.priority = 50;
  early.cause = "The cache is cold.";
  early.fix = "Nothing to do.";
  late.id = "missing-module";
  late.category = "dependency_install";
  late.tool = "python";
  late.match = {"No module named '(?P<module>[^']+)'"};
  late.priority = 50;
  late.cause = "The Python module {module} is not installed.";
  late.fix = "Install {module}.";
  late.steps = {"pip install {module}"};
  const auto rules = RuleSet::build({early, late});
  ASSERT_TRUE(rules);
  const Asked asked(
      "##[group]Run setup\nerror: cache not found for key x\n##[group]Run python app.py\n"
      "Traceback (most recent call last):\n  File \"app.py\", line 1, in <module>\n    import "
      "yaml\nModuleNotFoundError: No module named 'yaml'\n"
      "##[error]Process completed with exit code 1.\n",
      std::nullopt, *rules);
  EXPECT_EQ(asked.answer.cause.rule, "missing-module");
  EXPECT_EQ(asked.answer.cause.summary, "The Python module yaml is not installed.");
  ASSERT_TRUE(asked.answer.fix);
  EXPECT_EQ(asked.answer.fix->summary, "Install yaml.");
  EXPECT_EQ(asked.answer.fix->steps, std::vector<std::string>{"pip install yaml"});
  EXPECT_GT(asked.answer.cause.confidence, 0.5);
}

TEST(Triage, SaysThatItDoesNotKnow) {
  for (const std::string_view log : {"", "\n\n", "all went well\nbye\n", "\xff\xfe\x00garbage\n"}) {
    const Asked asked{std::string(log)};
    EXPECT_EQ(asked.answer.cause.category, "unknown") << log;
    EXPECT_LT(asked.answer.cause.confidence, 0.3);
    EXPECT_TRUE(asked.answer.blocks.empty());
    EXPECT_FALSE(asked.answer.cause.summary.empty());
  }
}

TEST(Triage, BlocksAreInOrderAndApart) {
  for (const std::string& log :
       {std::string(kPytest), repeat("error: a\n  b\n\nKeyError: c\n\tat x.y(Z.java:1)\n", 50)}) {
    const Asked asked(log);
    size_t before = 0;
    for (const Block& block : asked.answer.blocks) {
      EXPECT_GT(block.start, before);
      EXPECT_GE(block.end, block.start);
      before = block.end;
    }
    EXPECT_LE(before, asked.answer.lines);
    EXPECT_TRUE(std::ranges::is_sorted(asked.answer.key_lines));
  }
}

TEST(TriageFingerprint, StaysTheSameInAnotherRun) {
  const std::string first =
      "##[group]Run make\n2026-03-02T08:15:53Z error: cannot open /tmp/build-17/x1.o after 12 ms at "
      "9fceb02d0a\n##[error]Process completed with exit code 2.\n";
  const std::string second =
      "##[group]Run make\nsome other line\n2026-06-11T11:02:09Z error: cannot open /tmp/build-9918/x7.o after 945 ms "
      "at 17ac55bb12\n##[error]Process completed with exit code 2.\n";
  EXPECT_EQ(Asked(first).answer.fingerprint, Asked(second).answer.fingerprint);
  EXPECT_EQ(Asked(first).answer.fingerprint.size(), 32U);
  EXPECT_NE(Asked(first).answer.fingerprint,
            Asked("##[group]Run make\nerror: cannot close the file\n##[error]Process completed with exit code 2.\n")
                .answer.fingerprint);
}

TEST(TriageFingerprint, DoesNotDependOnTheOrderOfFailingTests) {
  const std::string a = "FAILED t.py::test_a - x\n", b = "FAILED t.py::test_b - x\n", end = "2 failed in 3s\n";
  EXPECT_EQ(Asked(a + b + end).answer.fingerprint, Asked(b + a + end).answer.fingerprint);
  EXPECT_NE(Asked(a + end).answer.fingerprint, Asked(b + end).answer.fingerprint);
}

TEST(TriageJson, HoldsTheAnswerInItsWrittenForm) {
  const Asked asked{std::string(kPytest)};
  const json::value value = to_json(asked.answer);
  EXPECT_EQ(int_at(value, "lines"), 21);
  EXPECT_EQ(text_at(value, "cause", "category"), "test_assertion");
  EXPECT_TRUE(find(value, "cause", "rule")->is_null());
  EXPECT_EQ(text_at(value, "step", "name"), "pytest -q");
  EXPECT_TRUE(find(value, "fix")->is_null());
  for (const json::value& block : array_at(value, "blocks")) {
    EXPECT_GE(int_at(block, "end"), int_at(block, "start"));
    const std::string kind = text_at(block, "kind");
    EXPECT_TRUE(kind == "error" || kind == "traceback" || kind == "summary" || kind == "context") << kind;
    EXPECT_FALSE(text_at(block, "why").empty());
  }
  EXPECT_TRUE(parse_json(fm::to_json(value)));
}

TEST(TriageText, IsShortAndPlainWithoutColour) {
  const Asked asked{std::string(kPytest)};
  const std::string text = render_text(asked.answer, kPytest, false);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("tests/test_pay.py::test_total"), std::string::npos);
  EXPECT_NE(text.find("pytest -q"), std::string::npos);
  EXPECT_LE(std::ranges::count(text, '\n'), 25);
  EXPECT_NE(render_text(asked.answer, kPytest, true).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace fm::logs
