#include "logs/line_class.h"

#include <ostream>

#include <gtest/gtest.h>

namespace fm::logs {

static void PrintTo(LineKind kind, std::ostream* out) { *out << static_cast<int>(kind); }

namespace {

struct Case {
  std::string_view line;
  LineKind kind;
};

TEST(LineClass, KnowsKindsOfLines) {
  const Case cases[] = {
      {"src/pay.c:10:5: error: 'amount' undeclared", LineKind::error},
      {"src/pay.ts(3,14): error TS2304: Cannot find name 'x'.", LineKind::error},
      {"[ERROR] /src/main/java/Pay.java:[71,65] cannot find symbol", LineKind::error},
      {"error[E0308]: mismatched types", LineKind::error},
      {"fatal: could not read Username", LineKind::error},
      {"npm ERR! code ERESOLVE", LineKind::error},
      {"E       assert 3 == 4", LineKind::error},
      {"bash: yarn: command not found", LineKind::error},
      {"KeyError: 'total'", LineKind::exception},
      {"java.io.IOException: stream closed", LineKind::exception},
      {"Caused by: java.net.ConnectException", LineKind::exception},
      {"Traceback (most recent call last):", LineKind::trace},
      {"thread 'main' panicked at src/main.rs:3:5:", LineKind::trace},
      {"panic: runtime error: index out of range", LineKind::trace},
      {"    at Object.<anonymous> (test/pay.ts:3:1)", LineKind::trace},
      {"FAILED tests/test_pay.py::test_total - assert 3 == 4", LineKind::test},
      {"--- FAIL: TestTotal (0.00s)", LineKind::test},
      {"not ok 3 - adds up", LineKind::test},
      {"  \xE2\x97\x8F cart \xE2\x80\xBA adds up", LineKind::test},
      {"mypy.....................................Failed", LineKind::test},
      {"= 1 failed, 20 passed in 3.1s =", LineKind::summary},
      {"test result: FAILED. 3 passed; 1 failed;", LineKind::summary},
      {"make: *** [Makefile:12: test] Error 2", LineKind::exit},
      {"ERROR: Job failed: exit code 1", LineKind::exit},
      {"warning: unused error variable", LineKind::warning},
      // Nothing of the sort.
      {"0 errors, 0 warnings", LineKind::none},
      {"Tests run: 3, Failures: 0, Errors: 0, Skipped: 0", LineKind::none},
      {"[INFO] Downloading error-prone-2.1.jar", LineKind::none},
      {"Compiling src/error_handler.rs", LineKind::none},
      {"go test --fail-fast ./...", LineKind::none},
      {"\xE2\x9C\x93 fails when the key is missing", LineKind::none},
      {"--- PASS: TestFails (0.00s)", LineKind::none},
      {"+ echo error: no", LineKind::none},
      {"DEBUG retry after error", LineKind::none},
      {"Process exited with code 0", LineKind::none},
      {"", LineKind::none},
  };
  for (const Case& each : cases) EXPECT_EQ(classify_line(each.line).kind, each.kind) << each.line;
}

TEST(LineClass, TrustsTheCiSystemsOwnMarks) {
  EXPECT_EQ(classify_line("Resource not accessible by integration", Marker::error).weight, 90);
  EXPECT_EQ(classify_line("Process completed with exit code 1.", Marker::error).kind, LineKind::exit);
  EXPECT_EQ(classify_line("error: x", Marker::group).kind, LineKind::none);
  EXPECT_EQ(classify_line("error: x", Marker::warning).kind, LineKind::warning);
}

TEST(LineClass, FindsLevels) {
  EXPECT_EQ(level_of("[INFO] BUILD"), Level::info);
  EXPECT_EQ(level_of("12:00:01.123 [main] WARN  a.b.C - x"), Level::warning);
  EXPECT_EQ(level_of("ERROR in ./src"), Level::error);
  EXPECT_EQ(level_of("time=12 level=error msg=x"), Level::error);
  EXPECT_EQ(level_of("the information ERRORS"), Level::none);
  EXPECT_EQ(level_of("fatal: x"), Level::fatal);
}

TEST(LineClass, KnowsRoutine) {
  for (const std::string_view line : {"Downloading x.jar", "[INFO] ---------", "Receiving objects:  97% (268/276)",
                                      "+ make", "======", "> Run with --scan to get full insights."}) {
    EXPECT_TRUE(is_routine(line)) << line;
  }
  for (const std::string_view line : {"FAILED a", "  symbol:   class Pay", "assertion failed"})
    EXPECT_FALSE(is_routine(line)) << line;
}

}  // namespace
}  // namespace fm::logs
