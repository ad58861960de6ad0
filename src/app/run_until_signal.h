// What the commands that serve share: logging as configured, and stopping in good order.
#pragma once

#include "app/commands.h"
#include "app/settings.h"

namespace fm::app {

inline constexpr Millis kDrainTime{10'000};

void configure_log_from(const Settings& settings, const Shell& shell);
// Before any thread is made: SIGINT and SIGTERM then wait for wait_for_stop_signal(). SIGPIPE is ignored.
void block_stop_signals();
// Returns at the first signal; a second one ends the process at once.
void wait_for_stop_signal();

}  // namespace fm::app
