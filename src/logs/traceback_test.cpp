#include "logs/traceback.h"

#include <gtest/gtest.h>

#include "logs/line_index.h"

namespace fm::logs {
namespace {

struct Case {
  std::string_view name, log;
  size_t at, start, end;
  std::string_view language, exception, frame;
};

TEST(Traceback, ReachesFromHeadToLastLine) {
  const Case cases[] = {
      {"python",
       "run\nTraceback (most recent call last):\n  File \"/work/shop/app/pay.py\", line 3, in total\n    return "
       "d['x']\n"
       "           ^^^^^^\nKeyError: 'x'\nnext\n",
       2, 2, 6, "Python", "KeyError: 'x'", "File \"shop/app/pay.py\", line <n>, in total"},
      {"python chained",
       "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'\n\n"
       "During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n"
       "  File \"b.py\", line 2, in h\n    f()\nValueError: bad\nnext\n",
       1, 1, 11, "Python", "ValueError: bad", "File \"b.py\", line <n>, in h"},
      {"python with a prefix",
       "app | Traceback (most recent call last):\napp |   File \"a.py\", line 1, in f\napp | OSError: no\nweb | up\n",
       1, 1, 3, "Python", "OSError: no", "File \"a.py\", line <n>, in f"},
      {"java",
       "x\njava.lang.IllegalStateException: no cart\n\tat com.shop.Pay.total(Pay.java:4)\n\tat "
       "java.base/java.lang.Thread.run(Thread.java:1)\n"
       "Caused by: java.io.IOException: closed\n\tat com.shop.Db.get(Db.java:9)\n\t... 12 more\nnext\n",
       2, 2, 7, "Java", "java.io.IOException: closed", "com.shop.Db.get(Db.java:<n>)"},
      {"java from a frame",
       "Exception in thread \"main\" java.lang.Error: x\n\tat com.shop.A.b(A.java:1)\n\tat com.shop.A.c(A.java:2)\n", 2,
       1, 3, "Java", "Exception in thread \"main\" java.lang.Error: x", "com.shop.A.b(A.java:<n>)"},
      {"node",
       "TypeError: cart.total is not a function\n    at pay (/work/shop/src/pay.js:10:5)\n    at "
       "node:internal/main:1:1 {\n  code: 'X'\n}\nnext\n",
       1, 1, 5, "JavaScript", "TypeError: cart.total is not a function", "pay (shop/src/pay.js:<n>:<n>)"},
      {"dotnet",
       "Unhandled exception. System.ArgumentException: bad\n   at Shop.Pay.Total() in /src/Pay.cs:line 7\n   at "
       "Shop.Program.Main()\nnext\n",
       1, 1, 3, ".NET", "Unhandled exception. System.ArgumentException: bad",
       "Shop.Pay.Total() in /src/Pay.cs:line <n>"},
      {"go",
       "panic: runtime error: index out of range [3] with length 2\n\ngoroutine 7 "
       "[running]:\nshop/pay.Total(0x1)\n\t/work/shop/pay.go:12 +0x1d\n"
       "main.main()\n\t/work/shop/main.go:5 +0x2\nexit status 2\nFAIL\tshop\t0.1s\n",
       1, 1, 8, "Go", "panic: runtime error: index out of range [3] with length 2", "shop/pay.go:<n>"},
      {"rust",
       "thread 'tests::total' panicked at src/pay.rs:10:5:\nassertion `left == right` failed\n  left: 1\n right: 2\n"
       "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n\nfailures:\n",
       1, 1, 5, "Rust", "thread 'tests::total' panicked at src/pay.rs:10:5: assertion `left == right` failed",
       "src/pay.rs:<n>:<n>:"},
      {"sanitizer",
       "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60\nREAD of size 4\n    #0 0x1 in pay "
       "/src/pay.cc:3\n    #1 0x2 in main /src/main.cc:4\n\n"
       "SUMMARY: AddressSanitizer: heap-use-after-free /src/pay.cc:3 in pay\n==7==ABORTING\nnext\n",
       1, 1, 7, "C++", "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60", "pay /src/pay.cc:<n>"},
      {"ruby",
       "pay.rb:3:in `total': no cart (ArgumentError)\n\tfrom cart.rb:9:in `sum'\n\tfrom main.rb:1:in `<main>'\nnext\n",
       1, 1, 3, "Ruby", "pay.rb:3:in `total': no cart (ArgumentError)", "cart.rb:<n>:in `sum'"},
  };
  for (const Case& each : cases) {
    const LineIndex index(each.log);
    LogView log(index);
    const auto found = traceback_at(log, each.at, 0);
    ASSERT_TRUE(found) << each.name;
    EXPECT_EQ(found->start, each.start) << each.name;
    EXPECT_EQ(found->end, each.end) << each.name;
    EXPECT_EQ(found->language, each.language) << each.name;
    EXPECT_EQ(found->exception, each.exception) << each.name;
    ASSERT_FALSE(found->frames.empty()) << each.name;
    EXPECT_EQ(found->frames.front(), each.frame) << each.name;
  }
}

TEST(Traceback, IsNotSeenWhereThereIsNone) {
  for (const std::string_view log :
       {"error: no frames here\nnext\n", "console.log\n    at log (src/a.ts:1:2)\n\nmore\n",
        "fatal error: pay.h: No such file\n", "at noon we met\n", ""}) {
    const LineIndex index(log);
    LogView view(index);
    EXPECT_FALSE(traceback_at(view, 1, 0)) << log;
    EXPECT_FALSE(traceback_at(view, 2, 0)) << log;
  }
}

TEST(Traceback, EndsWithTheLog) {
  for (const std::string_view log :
       {"Traceback (most recent call last):", "Traceback (most recent call last):\n  File \"a\", line 1", "panic: x",
        "Error: x\n    at a (b.js:1:1)", "thread 'a' panicked at b.rs:1:1:"}) {
    const LineIndex index(log);
    LogView view(index);
    if (const auto found = traceback_at(view, 1, 0)) {
      EXPECT_LE(found->end, index.size()) << log;
    }
  }
}

}  // namespace
}  // namespace fm::logs
