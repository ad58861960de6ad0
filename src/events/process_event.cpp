#include "events/process_event.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "events/finding_card.h"
#include "events/log_store.h"
#include "notify/outbox.h"
#include "telemetry/log.h"

namespace fm::events {
namespace {

namespace github = tools::github;

// Attempts of an event's job that wait for a log; then the failure is told without it.
constexpr int kPatientAttempts = 3;

bool ended_badly(std::string_view conclusion) {
  return conclusion == "failure" || conclusion == "timed_out" || conclusion == "startup_failure";
}

JobRef ref_of(const GitHubEvent& event, bool demo) {
  JobRef ref;
  ref.repository = event.repository;
  ref.workflow = event.workflow;
  ref.job = event.job;
  ref.branch = event.branch;
  ref.sha = event.sha;
  ref.url = event.url;
  ref.actor = event.actor;
  ref.commit_title = event.title;
  ref.run_id = event.run_id;
  ref.run_number = event.run_number;
  ref.job_id = event.job_id;
  ref.attempt = event.run_attempt;
  ref.conclusion = event.conclusion;
  ref.started_at = event.started_at;
  ref.completed_at = event.completed_at;
  ref.demo = demo;
  return ref;
}

// What GitHub says of run and job completes what the event said.
void complete(JobRef& ref, const github::Run& run) {
  if (!run.workflow.empty()) ref.workflow = run.workflow;
  if (ref.branch.empty()) ref.branch = run.branch;
  if (ref.sha.empty()) ref.sha = run.head_sha;
  if (ref.run_number == 0) ref.run_number = run.number;
  if (ref.commit_title.empty()) ref.commit_title = run.title;
  if (ref.actor.empty()) ref.actor = run.actor;
}

void complete(JobRef& ref, const github::Job& job) {
  ref.job = job.name;
  ref.job_id = job.id;
  ref.attempt = job.attempt;
  if (job.run_id != 0) ref.run_id = job.run_id;
  if (!job.workflow.empty()) ref.workflow = job.workflow;
  if (!job.html_url.empty()) ref.url = job.html_url;
  if (!job.head_sha.empty()) ref.sha = job.head_sha;
  if (!job.branch.empty()) ref.branch = job.branch;
  ref.conclusion = job.conclusion;
  if (job.started_at != 0) ref.started_at = job.started_at;
  if (job.completed_at != 0) ref.completed_at = job.completed_at;
}

bool retryable(const Error& error) {
  return error.code == Code::limited || error.code == Code::unavailable || error.code == Code::timeout ||
         error.code == Code::cancelled;
}

store::Outcome failed(const Error& error) {
  store::Outcome outcome;
  outcome.ok = false;
  outcome.retry = retryable(error);
  outcome.error = error.remedy.empty() ? error.full() : error.full() + "; " + error.remedy;
  outcome.retry_after = error.retry_after;
  return outcome;
}

}  // namespace

EventProcessor::EventProcessor(store::Db& db, const Clock& clock, const Ingest& ingest, github::Client& client,
                               CiAnalysis& analysis, const guard::Redactor& redactor)
    : db_(db), clock_(clock), ingest_(ingest), github_(client), analysis_(analysis), redactor_(redactor) {}

store::Outcome EventProcessor::process(const Context& context, const store::Job& job) {
  std::string kind;
  bool demo = false;
  auto read = db_.read("SELECT kind, demo FROM events WHERE id = $1", {std::string_view(job.event_id)},
                       [&](const store::Row& row) {
                         kind = row.text(0);
                         demo = row.integer(1) != 0;
                       });
  if (!read) return failed(read.error());
  if (kind.empty()) return {};  // removed meanwhile (demo data, retention): nothing is left to do
  auto body = ingest_.load_body(job.event_id);
  if (!body) return failed(body.error());
  auto event = decode_github_event(kind, *body);
  if (!event) return failed(event.error());
  if (event->started_at == 0) event->started_at = job.created_at;
  if (event->completed_at == 0) event->completed_at = job.created_at;
  auto work = work_for(context, job, *event, demo);
  if (!work) return failed(work.error());
  return outcome_of(job, *std::move(work));
}

Result<EventProcessor::Work> EventProcessor::work_for(const Context& context, const store::Job& job,
                                                      const GitHubEvent& event, bool demo) {
  switch (relevance_of(event)) {
    case Relevance::none:
      return Work{};
    case Relevance::success:
      return on_success(event);
    case Relevance::failure:
      break;
  }
  if (event.kind == "workflow_run") return on_failed_run(context, job, event, demo);
  if (event.kind == "workflow_job") return on_failed_job(context, job, event, demo);
  return on_failed_check(context, job, event, demo);
}

Result<EventProcessor::Work> EventProcessor::on_failed_job(const Context& context, const store::Job& job,
                                                           const GitHubEvent& event, bool demo) {
  Work work;
  JobRef ref = ref_of(event, demo);
  TRY(const bool known, known_with_log(ref));
  if (known) return work;
  const FetchPolicy policy{job.attempts < kPatientAttempts};
  auto run = github::fetch_run(context, github_, ref.repository, ref.run_id, ref.attempt);
  if (!run && retryable(run.error()) && policy.may_wait)
    return fail(run.error(), fmt::format("ask for run {}", ref.run_id));
  if (run) complete(ref, *run);
  auto api_job = github::fetch_job(context, github_, ref.repository, ref.job_id);
  if (!api_job && retryable(api_job.error()) && policy.may_wait)
    return fail(api_job.error(), fmt::format("ask for job {}", ref.job_id));
  TRY(Finding finding,
      analysis_.analyse_job(context, ref, api_job ? &*api_job : nullptr, run ? &*run : nullptr, policy));
  work.findings.push_back(std::move(finding));
  return work;
}

Result<EventProcessor::Work> EventProcessor::on_failed_run(const Context& context, const store::Job& job,
                                                           const GitHubEvent& event, bool demo) {
  Work work;
  JobRef of_run = ref_of(event, demo);
  const FetchPolicy policy{job.attempts < kPatientAttempts};
  auto run = github::fetch_run(context, github_, of_run.repository, of_run.run_id, of_run.attempt);
  if (!run && retryable(run.error()) && policy.may_wait)
    return fail(run.error(), fmt::format("ask for run {}", of_run.run_id));
  if (run) complete(of_run, *run);
  auto jobs = github::fetch_jobs(context, github_, of_run.repository, of_run.run_id, of_run.attempt);
  if (!jobs && retryable(jobs.error()) && policy.may_wait)
    return fail(jobs.error(), fmt::format("list the jobs of run {}", of_run.run_id));
  bool any = false;
  for (const github::Job& one : jobs ? *jobs : std::vector<github::Job>{}) {
    if (!ended_badly(one.conclusion)) continue;
    any = true;
    JobRef ref = of_run;
    complete(ref, one);
    ref.attempt = of_run.attempt;
    TRY(const bool known, known_with_log(ref));
    if (known) continue;
    TRY(Finding finding, analysis_.analyse_job(context, ref, &one, run ? &*run : nullptr, policy));
    work.findings.push_back(std::move(finding));
  }
  if (any) return work;
  of_run.job = of_run.workflow;
  const bool no_start = event.conclusion == "startup_failure";
  const std::string what =
      no_start ? "The workflow could not start: its file is not valid or something it needs is not allowed"
               : fmt::format("The run ended with '{}'", event.conclusion);
  std::string reason;
  if (!jobs)
    reason = jobs.error().remedy.empty() ? jobs.error().full() : jobs.error().full() + " (" + jobs.error().remedy + ")";
  work.findings.push_back(analysis_.finding_without_log(of_run, no_start ? "ci_config" : "unknown", what, reason));
  return work;
}

Result<EventProcessor::Work> EventProcessor::on_failed_check(const Context& context, const store::Job& job,
                                                             const GitHubEvent& event, bool demo) {
  if (event.app == "github-actions") {
    GitHubEvent as_job = event;
    auto api_job = github::fetch_job(context, github_, event.repository, event.job_id);
    if (!api_job && retryable(api_job.error()) && job.attempts < kPatientAttempts)
      return fail(api_job.error(), fmt::format("ask for job {}", event.job_id));
    if (api_job) {
      JobRef ref = ref_of(event, demo);
      complete(ref, *api_job);
      as_job.job = ref.job;
      as_job.workflow = ref.workflow;
      as_job.run_id = ref.run_id;
      as_job.run_attempt = ref.attempt;
      as_job.branch = ref.branch;
    }
    return on_failed_job(context, job, as_job, demo);
  }
  Work work;
  JobRef ref = ref_of(event, demo);
  if (ref.run_id == 0) ref.run_id = ref.job_id;
  Finding finding = analysis_.finding_without_log(
      ref, "unknown", fmt::format("The check {} of {} ended with '{}'", event.job, event.workflow, event.conclusion),
      {});
  if (!event.output.empty()) {
    finding.cause.summary =
        truncate_utf8(redactor_.redact_text(replace_all(std::string(trim(event.output)), "\n", " ")), 600);
    finding.cause.confidence = 0.4;
  }
  finding.log_reason = "this check keeps its log at " + event.workflow;
  work.findings.push_back(std::move(finding));
  return work;
}

EventProcessor::Work EventProcessor::on_success(const GitHubEvent& event) const {
  Pass pass{event.repository,
            event.workflow,
            event.kind == "workflow_run" ? "" : event.job,
            event.branch,
            event.sha,
            event.run_id == 0 ? event.job_id : event.run_id,  // of another app's check: as on_failed_check does
            event.run_number,
            event.run_attempt,
            event.completed_at};
  const std::string by =
      redactor_.redact_text(recovered_by_text(event.run_number, event.run_id, event.sha, event.actor));
  Work work;
  work.also = [this, pass, by](store::Tx& tx) -> Result<void> {
    TRY(const std::vector<Recovered> recovered, mark_recovered(tx, pass, by));
    for (const Recovered& one : recovered) {
      // The run's message says "recovered" once none of its jobs is failing any more.
      bool still_failing = false;
      TRY_VOID(tx.run("SELECT 1 FROM occurrences WHERE repository = $1 AND run_id = $2 AND state = 'failed' LIMIT 1",
                      {std::string_view(pass.repository), one.run_id},
                      [&](const store::Row&) { still_failing = true; }));
      if (!still_failing)
        TRY_VOID(notify::put_run_recovery(tx, fmt::format("{}/{}", pass.repository, one.run_id), by, clock_));
    }
    return {};
  };
  return work;
}

Result<bool> EventProcessor::known_with_log(const JobRef& ref) const {
  TRY(const std::optional<Known> known, find_known(db_, ref.repository, ref.run_id, ref.attempt, ref.job));
  return known && known->log_state == "stored";
}

store::Outcome EventProcessor::outcome_of(const store::Job& job, Work work) {
  struct Packed {
    Finding finding;
    std::vector<LogPiece> pieces;
  };
  auto packed = std::make_shared<std::vector<Packed>>();
  for (Finding& finding : work.findings) {
    std::vector<LogPiece> pieces = pack_log(finding.log);
    finding.log = std::string();
    packed->push_back({std::move(finding), std::move(pieces)});
  }
  store::Outcome outcome;
  outcome.commit = [this, packed, also = std::move(work.also), job](store::Tx& tx) -> Result<void> {
    std::string failure_id;
    std::string summary;
    for (const Packed& one : *packed) {
      TRY(const Saved saved, analysis_.save(tx, one.finding, one.pieces));
      failure_id = saved.failure_id;
      summary = one.finding.cause.summary;
      if (one.finding.log_state != LogState::missing || one.finding.job.job_id == 0) continue;
      store::NewJob again;
      again.id = new_id("job_", clock_);
      again.kind = kRefetchLogJob;
      again.event_id = job.event_id;
      again.idempotency_key = "refetch:" + saved.occurrence_id;
      again.payload = fm::to_json(json::value{{"occurrence_id", saved.occurrence_id}});
      again.run_at = clock_.now_ms() + 60'000;
      TRY_VOID(store::enqueue(tx, again, clock_.now_ms()));
    }
    if (also) TRY_VOID(also(tx));
    return tx.run(
        "UPDATE events SET payload = NULL, done_at = $2, failure_id = COALESCE($3, failure_id), summary = CASE WHEN $4 "
        "= '' THEN summary ELSE $4 END WHERE id = $1",
        {std::string_view(job.event_id), clock_.now_ms(), store::null_if_empty(failure_id), std::string_view(summary)});
  };
  return outcome;
}

store::Outcome EventProcessor::refetch(const Context& context, const store::Job& job) {
  const auto payload = parse_json(job.payload);
  auto row = load_occurrence(db_, payload ? text_at(*payload, "occurrence_id") : "");
  if (!row) return failed(row.error());
  if (!*row || (*row)->log_state == "stored") return {};
  const OccurrenceRow& known = **row;
  JobRef ref;
  ref.repository = known.repository;
  ref.workflow = known.workflow;
  ref.job = known.job;
  ref.branch = known.branch;
  ref.sha = known.sha;
  ref.url = known.url;
  ref.run_id = known.run_id;
  ref.run_number = known.run_number;
  ref.job_id = known.job_id;
  ref.attempt = static_cast<int>(known.attempt);
  ref.conclusion = "failure";
  ref.started_at = known.started_at;
  ref.completed_at = known.completed_at;
  ref.demo = known.demo;
  auto run = github::fetch_run(context, github_, ref.repository, ref.run_id, ref.attempt);
  if (!run && retryable(run.error())) return failed(run.error());
  if (run) complete(ref, *run);
  auto api_job = github::fetch_job(context, github_, ref.repository, ref.job_id);
  auto finding =
      analysis_.analyse_job(context, ref, api_job ? &*api_job : nullptr, run ? &*run : nullptr, FetchPolicy{true});
  if (!finding) return failed(finding.error());
  if (finding->log_state != LogState::stored) return {};  // for good: expired, or not allowed
  auto pieces = std::make_shared<std::vector<LogPiece>>(pack_log(finding->log));
  auto shared = std::make_shared<Finding>(*std::move(finding));
  store::Outcome outcome;
  outcome.commit = [this, shared, pieces](store::Tx& tx) -> Result<void> {
    TRY([[maybe_unused]] const Saved saved, analysis_.save(tx, *shared, *pieces));
    return {};
  };
  return outcome;
}

}  // namespace fm::events
