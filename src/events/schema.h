// The tables of events, failures, occurrences and logs. Numbers 401 and up.
#pragma once

#include <span>

#include "store/db.h"

namespace fm::events {

std::span<const store::Migration> event_migrations();

}  // namespace fm::events
