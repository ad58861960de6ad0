// One name for the same failure in different runs.
//
// Made of what stays: category, rule, the masked key line or exception, the innermost in-app frames, the failing
// tests' names. Numbers, hashes, times, temporary and workspace paths do not enter.
#pragma once

#include <string>
#include <vector>

#include "logs/failure_blocks.h"
#include "logs/log_view.h"
#include "logs/triage.h"

namespace fm::logs {

/// 32 lower-case hexadecimal digits.
std::string fingerprint(LogView& log, const Cause& cause, size_t key_line, const FailureBlocks& failure,
                        const std::vector<std::string>& failing_tests);

}  // namespace fm::logs
