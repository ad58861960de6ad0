// What is told about a failed run: one card for all its failed jobs.
#pragma once

#include <string>
#include <vector>

#include "events/failure_repo.h"
#include "notify/card.h"

namespace fm::events {

struct CardContext {
  std::string public_url;    // page links begin with it
  std::string workflow_url;  // the run's page at its source; may be empty
  std::string run_number;    // "#41"; may be empty
  std::string commit_title, actor;
  std::int64_t seen = 1;  // occurrences of the main failure, this one included
  UnixMs first_seen = 0;
  UnixMs now = 0;
  std::size_t redactions = 0;
};

// run: the run's occurrences, main one first. Only the newest attempt's jobs are told.
notify::Card make_card(const std::vector<OccurrenceRow>& run, const CardContext& context);

// "run #42, a1b2c3d by ada"
std::string recovered_by_text(std::int64_t run_number, std::int64_t run_id, std::string_view sha,
                              std::string_view actor);

}  // namespace fm::events
