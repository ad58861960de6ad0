#include "api/events.h"

#include <fmt/format.h>

#include "base/json.h"
#include "events/event_repo.h"
#include "store/queue.h"
#include "store/queue_views.h"

namespace fm::api {
namespace {

using events::EventRow;
using identity::Role;
using identity::Visitor;

json::value number_as_text(std::int64_t number) {
  return number == 0 ? json::value(nullptr) : json::value(json::string(std::to_string(number)));
}

json::object event_json(const EventRow& e) {
  return {{"id", e.id},
          {"source", e.source},
          {"delivery_id", e.delivery_id},
          {"kind", e.kind},
          {"action", text_or_null(e.action)},
          {"repository", text_or_null(e.repository)},
          {"ref", text_or_null(e.ref)},
          {"branch", text_or_null(e.branch)},
          {"sha", text_or_null(e.sha)},
          {"actor", text_or_null(e.actor)},
          {"run_id", number_as_text(e.run_id)},
          {"state", e.state},
          {"attempts", e.attempts},
          {"error", text_or_null(e.error)},
          {"received_at", time_or_null(e.received_at)},
          {"done_at", time_or_null(e.done_at)},
          {"size_bytes", e.size_bytes},
          {"failure_id", text_or_null(e.failure_id)},
          {"summary", e.summary},
          {"redelivered_count", e.redelivered},
          {"demo", e.demo}};
}

json::object job_json(const store::Job& job, bool demo) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"key", job.key},
          {"state", store::to_string(job.state)},
          {"attempts", job.attempts},
          {"max_attempts", job.max_attempts},
          {"run_at", time_or_null(job.run_at)},
          {"lease_until", time_or_null(job.state == store::JobState::running ? job.lease_until : 0)},
          {"last_error", text_or_null(job.last_error)},
          {"created_at", time_or_null(job.created_at)},
          {"done_at", time_or_null(job.done_at)},
          {"event_id", text_or_null(job.event_id)},
          {"demo", demo}};
}

Result<bool> is_demo(store::Db& db, std::string_view event_id) {
  bool demo = false;
  TRY_VOID(db.read("SELECT demo FROM events WHERE id = $1", {event_id},
                   [&](const store::Row& row) { demo = row.integer(0) != 0; }));
  return demo;
}

// One of the four, or nothing given. Error: invalid.
Result<std::optional<store::JobState>> state_of(const net::Request& request) {
  const std::string name = query_of(request, "state");
  if (name.empty()) return std::optional<store::JobState>{};
  for (const auto state :
       {store::JobState::queued, store::JobState::running, store::JobState::done, store::JobState::dead}) {
    if (name == store::to_string(state)) return std::optional(state);
  }
  return fail(Code::invalid, fmt::format("there is no state '{}'", name), "use queued, running, done or dead");
}

Result<EventRow> event_of(store::Db& db, const net::Request& request) {
  TRY(std::optional<EventRow> event, events::load_event(db, request.path_value("id")));
  if (!event) return fail(Code::not_found, "there is no such event", "look in the list; retention may have removed it");
  return *std::move(event);
}

}  // namespace

void install_events(net::Server& server, Gate& gate, store::Db& db, const Clock& clock, std::function<void()> wake) {
  server.on_pool(
      "GET", "/api/v1/events",
      gate.guard(
          Role::viewer, [&db](const Context&, const net::Request& request, const Visitor&) -> Result<net::Response> {
            TRY([[maybe_unused]] const auto state, state_of(request));
            TRY(const std::size_t limit, limit_of(request));
            events::EventFilter filter{query_of(request, "state"),      query_of(request, "kind"),
                                       query_of(request, "repository"), query_of(request, "q"),
                                       query_of(request, "cursor"),     limit + 1};
            TRY(const std::vector<EventRow> rows, events::list_events(db, filter));
            json::array items;
            for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i) items.push_back(event_json(rows[i]));
            return json_ok(
                {{"items", std::move(items)},
                 {"next_cursor", rows.size() > limit ? text_or_null(rows[limit - 1].id) : json::value(nullptr)}});
          }));
  server.on_pool(
      "GET", "/api/v1/events/{id}",
      gate.guard(Role::viewer,
                 [&db](const Context&, const net::Request& request, const Visitor&) -> Result<net::Response> {
                   TRY(const EventRow event, event_of(db, request));
                   return json_ok(event_json(event));
                 }));
  server.on_pool(
      "POST", "/api/v1/events/{id}/requeue",
      gate.guard(Role::operator_,
                 [&db, &clock, wake](const Context& context, const net::Request& request,
                                     const Visitor&) -> Result<net::Response> {
                   TRY(const EventRow event, event_of(db, request));
                   if (event.job_id.empty())
                     return fail(Code::conflict, "this event needed no analysis, so there is nothing to repeat");
                   TRY_VOID(db.write(context,
                                     [&](store::Tx& tx) { return store::requeue(tx, event.job_id, clock.now_ms()); }));
                   wake();
                   TRY(const EventRow now, event_of(db, request));
                   return json_ok(event_json(now), 202);
                 }));

  server.on_pool(
      "GET", "/api/v1/jobs",
      gate.guard(
          Role::viewer, [&db](const Context&, const net::Request& request, const Visitor&) -> Result<net::Response> {
            TRY(const std::size_t limit, limit_of(request));
            TRY(const auto state, state_of(request));
            store::JobFilter filter;
            filter.state = state;
            filter.kind = query_of(request, "kind");
            filter.event_id = query_of(request, "event_id");
            filter.before_id = query_of(request, "cursor");
            filter.limit = limit + 1;
            TRY(const std::vector<store::Job> jobs, store::list_jobs(db, filter));
            json::array items;
            for (std::size_t i = 0; i < std::min(limit, jobs.size()); ++i) {
              TRY(const bool demo, is_demo(db, jobs[i].event_id));
              items.push_back(job_json(jobs[i], demo));
            }
            return json_ok(
                {{"items", std::move(items)},
                 {"next_cursor", jobs.size() > limit ? text_or_null(jobs[limit - 1].id) : json::value(nullptr)}});
          }));
  server.on_pool(
      "GET", "/api/v1/jobs/{id}",
      gate.guard(Role::viewer,
                 [&db](const Context&, const net::Request& request, const Visitor&) -> Result<net::Response> {
                   TRY(const store::Job job, store::load_job(db, request.path_value("id")));
                   TRY(const bool demo, is_demo(db, job.event_id));
                   return json_ok(job_json(job, demo));
                 }));
  server.on_pool("POST", "/api/v1/jobs/{id}/requeue",
                 gate.guard(Role::operator_,
                            [&db, &clock, wake](const Context& context, const net::Request& request,
                                                const Visitor&) -> Result<net::Response> {
                              TRY_VOID(db.write(context, [&](store::Tx& tx) {
                                return store::requeue(tx, request.path_value("id"), clock.now_ms());
                              }));
                              wake();
                              TRY(const store::Job job, store::load_job(db, request.path_value("id")));
                              TRY(const bool demo, is_demo(db, job.event_id));
                              return json_ok(job_json(job, demo), 202);
                            }));
}

}  // namespace fm::api
