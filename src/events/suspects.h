// Which commit brought the failure: the commits since the last pass, ranked by what the failing lines name.
#pragma once

#include <string_view>
#include <vector>

#include "events/finding.h"
#include "tools/github/commits.h"

namespace fm::events {

// evidence: the text of the blocks shown (not the whole log). commits: oldest first, as fetched.
// Most suspicious first, at most 5. Score: a named file that the commit changes counts most (0.55, 0.7 with the line
// in its patch), then a changed package manifest for dependency failures, a changed workflow file for configuration
// failures, shared words of the message; a lone commit starts at 0.6. 0.1 is what is left for the others.
std::vector<Suspect> rank_suspects(const std::vector<tools::github::Commit>& commits, std::string_view evidence,
                                   std::string_view category);

}  // namespace fm::events
