// The foldable parts of a stored log, by the markers of the CI system.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "events/finding.h"
#include "logs/triage.h"

namespace fm::events {

// Groups in order, at most 2,000; never overlapping. A group that is never closed ends where the next begins. failed:
// the part that holds the failed step's first line or a block of kind error.
std::vector<LogStep> find_steps(std::string_view log, const logs::Triage& triage);

}  // namespace fm::events
