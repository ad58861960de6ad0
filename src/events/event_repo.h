// Stored events as lists and details show them. All SQL that reads the events table for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/db.h"

namespace fm::events {

struct EventRow {
  std::string id, source, delivery_id, kind, action, repository, ref, branch, sha, actor, summary, job_id, failure_id;
  std::int64_t run_id = 0, size_bytes = 0, redelivered = 0;
  UnixMs received_at = 0, done_at = 0;
  bool demo = false;
  std::string state = "done";  // its job's; done when it has none
  int attempts = 0;
  std::string error;
};

struct EventFilter {
  std::string state, kind, repository, q;
  std::string before_id;  // cursor
  std::size_t limit = 50;
};

// Newest first.
Result<std::vector<EventRow>> list_events(store::Db& db, const EventFilter& filter);
Result<std::optional<EventRow>> load_event(store::Db& db, std::string_view id);

// Removes everything that `demo` made: events, jobs, failures, occurrences, logs, notices of them.
Result<void> remove_demo(const Context& context, store::Db& db);
Result<bool> has_demo(store::Db& db);

}  // namespace fm::events
