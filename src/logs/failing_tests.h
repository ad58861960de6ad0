// The names of the tests that failed, as their runner prints them.
//
// pytest, unittest, jest/vitest/mocha, go test, cargo test and nextest, JUnit (Maven, Gradle), CTest, GoogleTest,
// RSpec, TAP, dotnet test. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logs/evidence.h"
#include "logs/log_view.h"

namespace fm::logs {

/// The test that this plain line says failed.
std::optional<std::string> failing_test_in(std::string_view text);

/// Distinct, in order of lines, at most `limit`; lines that the passing run has too are left out.
std::vector<std::string> find_failing_tests(LogView& log, const Evidence& evidence, size_t limit = 50);

}  // namespace fm::logs
