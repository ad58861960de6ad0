// Which step of the job a line belongs to, by the CI system's own marks.
#pragma once

#include <optional>

#include "logs/evidence.h"
#include "logs/log_view.h"
#include "logs/triage.h"

namespace fm::logs {

/// By the columns of `gh run view --log`, else by the last step mark before the line. Nothing where a log has neither.
std::optional<Step> step_of(LogView& log, const Evidence& evidence, size_t line);

}  // namespace fm::logs
