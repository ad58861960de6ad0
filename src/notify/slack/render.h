// A Card as Slack's Block Kit. Always within Slack's limits: what is too long is cut and says so.
//
// Limits: 50 blocks, header 150 characters, section 3,000, 10 fields of 2,000, context 10 elements, actions 25
// (https://api.slack.com/reference/block-kit/blocks); about 13,000 characters over all blocks, undocumented.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "notify/card.h"

namespace fm::notify::slack {

struct Message {
  std::string text;  // for notifications and screen readers; mrkdwn, escaped
  json::array blocks;
};

struct RenderOptions {
  bool maybe_repeated = false;
  bool reply = false;                    // in a thread: no repetition of what the root says
  std::size_t max_total_chars = 12'000;  // over all blocks
};

Message render(const Card& card, const RenderOptions& options = {});
// Without blocks: for when Slack refuses them all the same.
Message render_plain(const Card& card, const RenderOptions& options = {});

// Untrusted text for a mrkdwn field, at most max_chars long, cut between characters: &, <, > become entities, so that
// no
// <!channel>, <@user> or <url|text> comes to be; backticks become ' and a zero-width space after a *, _ or ~ that could
// begin or end emphasis takes its meaning; control characters are dropped. All our mrkdwn is sent `verbatim`, so that
// Slack makes no links or mentions of its own.
std::string escape_mrkdwn(std::string_view text, std::size_t max_chars = 3000);
// Untrusted text inside ``` … ```: entities as above, runs of backticks broken up by zero-width spaces.
std::string escape_code(std::string_view text, std::size_t max_chars = 3000);
// "<url|text>", or the escaped text alone when the URL is no http(s) URL.
std::string link(std::string_view url, std::string_view text);

}  // namespace fm::notify::slack
