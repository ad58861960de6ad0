#include "events/missed.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/json.h"
#include "telemetry/log.h"
#include "tools/github/actions.h"
#include "tools/github/deliveries.h"

namespace fm::events {
namespace {

namespace github = tools::github;

constexpr Millis kGitHubRemembers{3LL * 24 * 3'600'000};
constexpr Millis kFirstLook{3'600'000};
// Looked at again each time: a run that ended while the last look was under way.
constexpr Millis kOverlap{120'000};

Result<UnixMs> load_mark(store::Db& db, std::string_view name) {
  UnixMs value = 0;
  TRY_VOID(db.read("SELECT value FROM marks WHERE name = $1", {name}, [&](const store::Row& row) {
    const std::string_view text = row.text(0);
    std::from_chars(text.data(), text.data() + text.size(), value);
  }));
  return value;
}

Result<void> save_mark(const Context& context, store::Db& db, std::string_view name, UnixMs value) {
  const std::string text = std::to_string(value);
  return db.write(context, [&](store::Tx& tx) {
    return tx.run(
        "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {name, std::string_view(text)});
  });
}

// A payload as the webhook would have brought it.
std::string payload_of(const github::Run& run) {
  const json::value payload = {{"action", "completed"},
                               {"workflow_run",
                                {{"id", run.id},
                                 {"name", run.workflow},
                                 {"run_number", run.number},
                                 {"run_attempt", run.attempt},
                                 {"head_branch", run.branch},
                                 {"head_sha", run.head_sha},
                                 {"status", run.status},
                                 {"conclusion", run.conclusion},
                                 {"html_url", run.html_url},
                                 {"display_title", run.title},
                                 {"event", run.event},
                                 {"created_at", time_or_null(run.created_at)},
                                 {"run_started_at", time_or_null(run.started_at)},
                                 {"updated_at", time_or_null(run.updated_at)},
                                 {"actor", {{"login", run.actor}}}}},
                               {"repository", {{"full_name", run.repository}, {"default_branch", run.default_branch}}}};
  return to_json(payload);
}

Result<std::size_t> fetch_missed_of_hook(const Context& context, github::Client& client, Ingest& ingest,
                                         const github::Hook& hook, UnixMs since) {
  TRY(const std::vector<github::Delivery> failed, github::fetch_failed_deliveries(context, client, hook, since));
  std::size_t taken = 0;
  for (auto delivery = failed.rbegin(); delivery != failed.rend(); ++delivery) {  // oldest first
    auto full = github::fetch_delivery(context, client, hook, delivery->id);
    if (!full && full.error().code == Code::not_found) {
      telemetry::warn("a missed delivery's payload is gone at GitHub", {{"delivery", delivery->guid}});
      continue;
    }
    if (!full) return fail(std::move(full).error(), "fetch the missed delivery " + delivery->guid);
    auto accepted =
        ingest.accept_and_wait(context, {"github", delivery->guid, delivery->event, std::move(full->payload), false});
    if (!accepted && accepted.error().code == Code::invalid) {
      telemetry::warn("a missed delivery cannot be read",
                      {{"delivery", delivery->guid}, {"error", accepted.error().full()}});
      continue;
    }
    TRY(const Accepted done, std::move(accepted));
    if (!done.repeated) ++taken;
  }
  return taken;
}

}  // namespace

Result<std::size_t> fetch_missed_deliveries(const Context& context, store::Db& db, github::Client& client,
                                            Ingest& ingest, std::string_view target, std::string_view hook_url_suffix) {
  const std::string mark = fmt::format("deliveries:{}", target);
  const UnixMs now = context.clock().now_ms();
  TRY(const UnixMs last, load_mark(db, mark));
  const UnixMs since = std::max(last == 0 ? 0 : last - kOverlap.count(), now - kGitHubRemembers.count());
  std::vector<github::Hook> hooks{github::Hook{}};
  if (target != "app") {
    TRY(hooks, github::fetch_hooks(context, client, target));
    std::erase_if(hooks, [&](const github::Hook& hook) { return !hook.url.ends_with(hook_url_suffix); });
    if (hooks.empty())
      return fail(Code::not_found,
                  fmt::format("{} has no webhook that delivers to an address ending in {}", target, hook_url_suffix),
                  "add the webhook, or take the repository out of github.reconcile");
  }
  std::size_t taken = 0;
  for (const github::Hook& hook : hooks) {
    TRY(const std::size_t n, fetch_missed_of_hook(context, client, ingest, hook, since));
    taken += n;
  }
  TRY_VOID(save_mark(context, db, mark, now));
  return taken;
}

Result<std::size_t> poll_runs(const Context& context, store::Db& db, github::Client& client, Ingest& ingest,
                              std::string_view repository) {
  const std::string mark = fmt::format("poll:{}", repository);
  const UnixMs now = context.clock().now_ms();
  TRY(const UnixMs last, load_mark(db, mark));
  const UnixMs since = last == 0 ? now - kFirstLook.count() : last - kOverlap.count();
  TRY(std::vector<github::Run> runs, github::fetch_runs_since(context, client, repository, since));
  std::size_t taken = 0;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->repository.empty()) run->repository = repository;
    const std::string id = fmt::format("{}/{}/{}", repository, run->id, run->attempt);
    TRY(const Accepted accepted,
        ingest.accept_and_wait(context, {"github_poll", id, "workflow_run", payload_of(*run), false}));
    if (!accepted.repeated) ++taken;
  }
  TRY_VOID(save_mark(context, db, mark, now));
  return taken;
}

}  // namespace fm::events
