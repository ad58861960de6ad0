#include "logs/failing_tests.h"

#include <gtest/gtest.h>

namespace fm::logs {
namespace {

TEST(FailingTests, AreNamedAsTheRunnerNamesThem) {
  struct Case {
    std::string_view line, name;
  };
  const Case cases[] = {
      {"FAILED tests/test_pay.py::TestPay::test_total[eur] - AssertionError: 3",
       "tests/test_pay.py::TestPay::test_total[eur]"},
      {"ERROR tests/test_pay.py - ImportError: no", "tests/test_pay.py"},
      {"tests/test_pay.py::test_total FAILED                [ 40%]", "tests/test_pay.py::test_total"},
      {"--- FAIL: TestTotal/with_tax (0.01s)", "TestTotal/with_tax"},
      {"test pay::tests::total ... FAILED", "pay::tests::total"},
      {"        FAIL [   2.310s] (12/40) shop::pay total_with_tax", "shop::pay total_with_tax"},
      {"[ERROR] com.shop.PayTest.total  Time elapsed: 0.01 s  <<< FAILURE!", "com.shop.PayTest.total"},
      {"PayTest > total() FAILED", "PayTest > total()"},
      {"[  FAILED  ] PayTest.Total (3 ms)", "PayTest.Total"},
      {"  \xE2\x97\x8F cart \xE2\x80\xBA adds up", "cart \xE2\x80\xBA adds up"},
      {"FAIL: test_total (tests.test_pay.TestPay)", "test_total (tests.test_pay.TestPay)"},
      {"not ok 12 - cart adds up # time=3ms", "cart adds up"},
      {" 3/9 Test  #3: pay_total ........................***Failed    0.02 sec", "pay_total"},
      {"rspec ./spec/pay_spec.rb:12 # Pay adds up", "./spec/pay_spec.rb:12"},
      {"  Failed Shop.Tests.PayTest.Total [12 ms]", "Shop.Tests.PayTest.Total"},
      {"FAIL  src/pay.test.ts > cart > adds up", "src/pay.test.ts > cart > adds up"},
      // None of these names a test.
      {"ERROR something went wrong", ""},
      {"[ERROR] Tests run: 3, Failures: 1 <<< FAILURE!", ""},
      {"> Task :test FAILED", ""},
      {"  \xE2\x97\x8F Test suite failed to run", ""},
      {"FAIL\tshop/pay\t0.012s", ""},
      {"[  FAILED  ] 2 tests, listed below:", ""},
  };
  for (const Case& each : cases) EXPECT_EQ(failing_test_in(each.line).value_or(""), each.name) << each.line;
}

}  // namespace
}  // namespace fm::logs
