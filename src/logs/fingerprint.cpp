#include "logs/fingerprint.h"

#include <algorithm>

#include "base/hash.h"
#include "logs/mask.h"

namespace fm::logs {
namespace {

constexpr size_t kMaxTests = 10;

}  // namespace

std::string fingerprint(LogView& log, const Cause& cause, size_t key_line, const FailureBlocks& failure,
                        const std::vector<std::string>& failing_tests) {
  std::string parts = cause.category + '\n' + cause.rule + '\n';
  if (failing_tests.empty()) {
    if (key_line != 0) parts += mask_line(log.plain(key_line).substr(0, 500));
    for (const FailureBlock& block : failure.blocks) {
      if (!block.trace || key_line < block.start || key_line > block.end) continue;
      for (const std::string& frame : block.trace->frames) parts += '\n' + frame;
    }
  } else {
    std::vector<std::string> tests;
    for (const std::string& test : failing_tests) tests.push_back(mask_line(test));
    std::ranges::sort(tests);  // parallel runners print them in any order
    for (size_t i = 0; i < tests.size() && i < kMaxTests; ++i) parts += '\n' + tests[i];
  }
  return hash128_hex(parts);
}

}  // namespace fm::logs
