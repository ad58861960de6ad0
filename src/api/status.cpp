#include "api/status.h"

#include "base/json.h"
#include "events/event_repo.h"
#include "events/failure_repo.h"
#include "store/queue_views.h"

namespace fm::api {
namespace {

using identity::Role;
using identity::Visitor;

Result<json::value> queue_json(store::Db& db, UnixMs now) {
  TRY(const auto counts, store::count_jobs(db));
  TRY(const auto oldest, store::oldest_due(db, now));
  return json::value{{"queued", counts[0]},
                     {"running", counts[1]},
                     {"dead", counts[3]},
                     {"oldest_queued_ms", oldest ? json::value(now - *oldest) : json::value(nullptr)}};
}

Result<json::value> counts_json(store::Db& db) {
  std::int64_t events = 0;
  std::int64_t dead = 0;
  TRY_VOID(db.read("SELECT (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM jobs WHERE state = 3)", {},
                   [&](const store::Row& row) {
                     events = row.integer(0);
                     dead = row.integer(1);
                   }));
  TRY(const events::FailureCounts failures, events::count_failures(db));
  return json::value{{"events", events},
                     {"events_dead", dead},
                     {"failures_open", failures.open},
                     {"failures_recovered", failures.all - failures.open},
                     {"occurrences", failures.occurrences}};
}

}  // namespace

void install_status(net::Server& server, Gate& gate, store::Db& db, const Clock& clock, StatusOptions options) {
  server.on_pool(
      "GET", "/api/v1/status",
      gate.guard(Role::viewer,
                 [&db, &clock, options](const Context&, const net::Request&, const Visitor&) -> Result<net::Response> {
                   const UnixMs now = clock.now_ms();
                   TRY(json::value queue, queue_json(db, now));
                   TRY(json::value counts, counts_json(db));
                   TRY(const bool demo, events::has_demo(db));
                   json::array checklist;
                   for (const ChecklistItem& item : options.checklist())
                     checklist.push_back(
                         {{"id", item.id}, {"state", item.state}, {"detail", item.detail}, {"remedy", item.remedy}});
                   return json_ok({{"version", options.version},
                                   {"environment", options.environment},
                                   {"started_at", time_or_null(options.started_at)},
                                   {"uptime_ms", now - options.started_at},
                                   {"public_url", options.public_url()},
                                   {"webhook_url", options.public_url() + "/webhooks/github"},
                                   {"demo", demo},
                                   {"checklist", std::move(checklist)},
                                   {"queue", std::move(queue)},
                                   {"counts", std::move(counts)}});
                 }));
  server.on_pool(
      "DELETE", "/api/v1/demo",
      gate.guard(Role::operator_,
                 [&db, options](const Context& context, const net::Request&, const Visitor&) -> Result<net::Response> {
                   TRY_VOID(events::remove_demo(context, db));
                   if (options.on_demo_removed) options.on_demo_removed();
                   net::Response response;
                   response.status = 204;
                   return response;
                 }));
}

}  // namespace fm::api
