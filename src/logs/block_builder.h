// Grows blocks from strong lines of failure; judges none of them.
#pragma once

#include <vector>

#include "logs/evidence.h"
#include "logs/failure_blocks.h"
#include "logs/log_view.h"

namespace fm::logs {

/// In order of lines, not overlapping; scores are not set.
std::vector<FailureBlock> build_blocks(LogView& log, const Evidence& evidence);

/// The line in [start, end] that says most before an exit: the last that is neither routine nor the exit itself.
size_t last_words(LogView& log, size_t start, size_t end, size_t otherwise);

}  // namespace fm::logs
