// Keeps the store small: by age and by bytes, the oldest first, in short steps between other writes.
#pragma once

#include "base/context.h"
#include "store/db.h"

namespace fm::events {

struct RetentionOptions {
  Millis events{30LL * 86'400'000};
  Millis failures{180LL * 86'400'000};
  Millis logs{30LL * 86'400'000};
  std::int64_t logs_bytes = 2'000'000'000;
  std::int64_t events_bytes = 1'000'000'000;  // sizes as delivered
};

struct Trimmed {
  std::int64_t events = 0, jobs = 0, failures = 0, logs = 0, notices = 0;
};

// Events that still wait are never touched; dead ones go by age only. An occurrence whose log went says so.
Result<Trimmed> trim_store(const Context& context, store::Db& db, const Clock& clock, const RetentionOptions& options);

}  // namespace fm::events
