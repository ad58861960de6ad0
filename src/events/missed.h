// Finds what no webhook told: deliveries that GitHub could not make, and failed runs of repositories that are polled.
// GitHub repeats no delivery by itself; it remembers them for three days.
//
// Called by: app/housekeeping on a timer. Hands to: events/ingest, as if the webhook had come.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "events/ingest.h"
#include "store/db.h"
#include "tools/github/client.h"

namespace fm::events {

// target: "owner/name", or "app" for the App's own hook. hook_url_suffix: only hooks that deliver to such an address
// are ours ("/webhooks/github"). Returns how many deliveries were taken in. Errors: those of github::Client.
Result<std::size_t> fetch_missed_deliveries(const Context& context, store::Db& db, tools::github::Client& github,
                                            Ingest& ingest, std::string_view target,
                                            std::string_view hook_url_suffix = "/webhooks/github");

// Completed runs since the last look (at first: since one hour ago). Returns how many new ones were taken in.
Result<std::size_t> poll_runs(const Context& context, store::Db& db, tools::github::Client& github, Ingest& ingest,
                              std::string_view repository);

}  // namespace fm::events
