// Joins the lines of failure into blocks and keeps those that tell why the build failed.
//
// A block grows from a strong line: over its traceback, over the lines that continue it (indented, gutter, same
// tool's list) and, where the passing run is known, over new lines beside it. Blocks are then scored: the failing
// step and its end outweigh what came before; what the passing run says too counts little; repeats add nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "logs/evidence.h"
#include "logs/log_view.h"
#include "logs/traceback.h"
#include "logs/triage.h"

namespace fm::logs {

struct FailureBlock {
  size_t start = 0;
  size_t end = 0;
  LineKind kind = LineKind::error;  // of its strongest line
  int weight = 0;                   // of its strongest line
  int score = 0;                    // 0..~120: weight, place and novelty together
  size_t key_line = 0;              // the line to quote
  size_t strong_lines = 0;
  bool related = false;  // has to do with how the job ended
  std::optional<Traceback> trace;
};

struct FailureBlocks {
  std::vector<FailureBlock> blocks;  // kept ones, in order of lines
  size_t decisive = 0;               // index of the block that the cause is sought at first; meaningless when empty
  std::optional<Step> step;
  size_t end_of_failure = 0;  // the last line that says "failed"; 0 when none does
};

FailureBlocks find_failure_blocks(LogView& log, const Evidence& evidence, const TriageOptions& options);

}  // namespace fm::logs
