#include "api/failures.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/failure_json.h"
#include "base/json.h"
#include "events/failure_repo.h"
#include "logs/rules.h"

namespace fm::api {
namespace {

using events::FailureRow;
using events::OccurrenceRow;
using identity::Role;
using identity::Visitor;

constexpr std::size_t kShownOccurrences = 20;

Result<FailureRow> failure_of(store::Db& db, const net::Request& request) {
  TRY(std::optional<FailureRow> failure, events::load_failure(db, request.path_value("id")));
  if (!failure)
    return fail(Code::not_found, "there is no such failure", "look in the list; retention may have removed it");
  return *std::move(failure);
}

Result<events::FailureFilter> filter_of(const net::Request& request) {
  events::FailureFilter filter;
  filter.repository = query_of(request, "repository");
  filter.workflow = query_of(request, "workflow");
  filter.job = query_of(request, "job");
  filter.category = query_of(request, "category");
  filter.state = query_of(request, "state");
  filter.branch = query_of(request, "branch");
  filter.q = query_of(request, "q");
  if (!filter.state.empty() && filter.state != "open" && filter.state != "recovered")
    return fail(Code::invalid, "state must be open or recovered");
  if (!filter.category.empty() && !logs::is_category(filter.category))
    return fail(Code::invalid, fmt::format("there is no category '{}'", filter.category));
  if (const std::string since = query_of(request, "since"); !since.empty()) {
    TRY(filter.since, parse_rfc3339(since));
  }
  TRY(const auto cursor, parse_cursor(request));
  filter.before_seen = cursor.first;
  filter.before_id = cursor.second;
  return filter;
}

Result<json::object> summary_json(store::Db& db, const Clock& clock, const FailureRow& failure,
                                  const std::string& web_url) {
  TRY(const std::vector<int> sparkline, events::load_sparkline(db, failure.id, clock.now_ms(), 30));
  TRY(const std::optional<double> flake_rate, events::load_flake_rate(db, failure.id));
  return failure_json(failure, sparkline, flake_rate, web_url);
}

Result<net::Response> get_list(store::Db& db, const Clock& clock, const std::string& web_url,
                               const net::Request& request) {
  TRY(events::FailureFilter filter, filter_of(request));
  TRY(const std::size_t limit, limit_of(request));
  filter.limit = limit + 1;
  TRY(const std::vector<FailureRow> rows, events::list_failures(db, filter));
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i) {
    TRY(json::object item, summary_json(db, clock, rows[i], web_url));
    items.push_back(std::move(item));
  }
  json::value next = nullptr;
  if (rows.size() > limit) next = json::string(make_cursor(rows[limit - 1].last_seen, rows[limit - 1].id));
  return json_ok({{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

Result<net::Response> get_detail(store::Db& db, const Clock& clock, const FailureOptions& options,
                                 const net::Request& request) {
  TRY(const FailureRow failure, failure_of(db, request));
  TRY(json::object body, summary_json(db, clock, failure, options.web_url));
  TRY(const std::vector<OccurrenceRow> occurrences, events::list_occurrences(db, failure.id, 0, "", kShownOccurrences));
  TRY(const std::optional<OccurrenceRow> latest, events::load_occurrence(db, failure.latest_occurrence_id));
  json::array items;
  for (const OccurrenceRow& one : occurrences) items.push_back(occurrence_json(one));
  body["fix"] = stored_json(failure.fix, nullptr);
  body["suspects"] = latest ? stored_json(latest->suspects, json::array()) : json::array();
  body["occurrences"] = std::move(items);
  body["blocks"] = latest ? stored_json(latest->blocks, json::array()) : json::array();
  body["key_lines"] = latest ? stored_json(latest->key_lines, json::array()) : json::array();
  TRY(body["notice"], notice_json(db, latest, options.channel));
  return json_ok(body);
}

Result<net::Response> get_occurrences(store::Db& db, const net::Request& request) {
  TRY(const FailureRow failure, failure_of(db, request));
  TRY(const std::size_t limit, limit_of(request));
  TRY(const auto cursor, parse_cursor(request));
  TRY(const std::vector<OccurrenceRow> rows,
      events::list_occurrences(db, failure.id, cursor.first, cursor.second, limit + 1));
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i) items.push_back(occurrence_json(rows[i]));
  json::value next = nullptr;
  if (rows.size() > limit) next = json::string(make_cursor(rows[limit - 1].started_at, rows[limit - 1].id));
  return json_ok({{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

}  // namespace

void install_failures(net::Server& server, Gate& gate, store::Db& db, const Clock& clock, FailureOptions options) {
  server.on_pool("GET", "/api/v1/failures",
                 gate.guard(Role::viewer, [&db, &clock, url = options.web_url](
                                              const Context&, const net::Request& request, const Visitor&) {
                   return get_list(db, clock, url, request);
                 }));
  server.on_pool(
      "GET", "/api/v1/failures/{id}",
      gate.guard(Role::viewer, [&db, &clock, options](const Context&, const net::Request& request, const Visitor&) {
        return get_detail(db, clock, options, request);
      }));
  server.on_pool("GET", "/api/v1/failures/{id}/occurrences",
                 gate.guard(Role::viewer, [&db](const Context&, const net::Request& request, const Visitor&) {
                   return get_occurrences(db, request);
                 }));
}

}  // namespace fm::api
