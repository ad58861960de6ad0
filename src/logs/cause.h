// Names the cause: the rule that explains the decisive block best, or the kind of failure its lines speak of.
#pragma once

#include <string>
#include <vector>

#include "logs/evidence.h"
#include "logs/failure_blocks.h"
#include "logs/log_view.h"
#include "logs/triage.h"

namespace fm::logs {

struct Diagnosis {
  Cause cause;
  std::optional<Fix> fix;
  size_t key_line = 0;  // the line that shows the cause
};

Diagnosis diagnose(LogView& log, const Evidence& evidence, const FailureBlocks& failure, const RuleSet& rules,
                   const std::vector<std::string>& failing_tests);

}  // namespace fm::logs
