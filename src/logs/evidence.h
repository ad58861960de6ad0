// The one pass over a failed log: every line that may tell of the failure, and where its steps begin.
//
// Bounded: a template that repeats without end is counted, not kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "logs/line_class.h"
#include "logs/line_index.h"
#include "logs/passing_diff.h"
#include "logs/rules.h"

namespace fm::logs {

/// A line that speaks of failure.
struct Hit {
  size_t line = 0;
  LineClass is;
  std::uint64_t masked = 0;  // masked_hash of the plain line
  bool known = false;        // the passing run says the same
  bool annotated = false;    // marked as an error by the CI system itself (##[error])
};

struct RuleHit {
  size_t line = 0;
  size_t rule = 0;
};

/// The beginning of a step or section as the CI system marks it.
struct StepMark {
  size_t line = 0;
  bool run = false;  // a step of its own ("##[group]Run …", a stage), not a fold inside one
};

struct Evidence {
  std::vector<Hit> hits;        // in order of lines
  std::vector<RuleHit> rules;   // in order of lines
  std::vector<StepMark> steps;  // in order of lines
  std::vector<size_t> fresh;    // with a passing log: lines that it does not have and that are not routine, in order
  bool compared = false;        // there was a passing log
};

/// Reads `index`'s text once, filling `index` (made by LineIndex::while_reading) on the way.
Evidence collect_evidence(LineIndex& index, const RuleSet& rules, const PassingLines* passing);

}  // namespace fm::logs
