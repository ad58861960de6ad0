// Which blocks have to do with how the job ended: a long log is full of errors that tests provoke on purpose.
#pragma once

#include "logs/failure_blocks.h"
#include "logs/log_view.h"

namespace fm::logs {

/// Sets `related` of each block: near the end of the failure, near a related block, or naming the same file, class or
/// test as one of those.
void relate_blocks(LogView& log, FailureBlocks& found);

}  // namespace fm::logs
