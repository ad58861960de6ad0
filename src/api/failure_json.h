// Stored failures and occurrences as the API shows them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "events/failure_repo.h"

namespace fm::api {

json::object failure_json(const events::FailureRow& failure, const std::vector<int>& sparkline,
                          std::optional<double> flake_rate, const std::string& web_url);
json::object occurrence_json(const events::OccurrenceRow& occurrence);
// With its own blocks, cause, fix, suspects and step.
json::object occurrence_detail_json(const events::OccurrenceRow& occurrence);
// JSON text from the store; `fallback` for an empty one.
json::value stored_json(std::string_view text, json::value fallback);
// What became of the message about that run; "off" when nobody is told; null when there is none.
Result<json::value> notice_json(store::Db& db, const std::optional<events::OccurrenceRow>& occurrence,
                                const std::string& channel);

}  // namespace fm::api
