#include "events/analyse_ci.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/ids.h"
#include "base/text.h"
#include "events/finding_card.h"
#include "events/log_steps.h"
#include "events/log_store.h"
#include "events/suspects.h"
#include "logs/log_view.h"
#include "logs/mask.h"
#include "logs/passing_diff.h"
#include "notify/outbox.h"
#include "telemetry/log.h"

namespace fm::events {
namespace {

namespace github = tools::github;

constexpr std::size_t kMaxLineBytes = 2000;  // of a quoted line

bool worth_another_attempt(Code code) {
  return code == Code::limited || code == Code::unavailable || code == Code::timeout || code == Code::cancelled;
}

std::string with_remedy(const Error& error) {
  return error.remedy.empty() ? error.full() : error.full() + " (" + error.remedy + ")";
}

std::string failed_step_of(const github::Job* job) {
  if (job == nullptr) return {};
  for (const github::Step& step : job->steps) {
    if (step.conclusion == "failure" || step.conclusion == "timed_out") return step.name;
  }
  return {};
}

std::string mark_of(const logs::Triage& triage, std::size_t n) {
  for (const logs::Block& block : triage.blocks) {
    if (n >= block.start && n <= block.end) return std::string(logs::to_string(block.kind));
  }
  return {};
}

// Ranges of lines that the passing log does not have, numbers and times aside.
std::vector<std::pair<std::size_t, std::size_t>> lines_not_in(const logs::PassingLines& passing, logs::LogView& view) {
  constexpr std::size_t kMaxRanges = 5000;
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (std::size_t n = 1; n <= view.size(); ++n) {
    if (passing.knows(logs::masked_hash(view.plain(n)))) continue;
    if (!ranges.empty() && ranges.back().second + 1 == n) {
      ranges.back().second = n;
    } else {
      if (ranges.size() == kMaxRanges) break;
      ranges.emplace_back(n, n);
    }
  }
  return ranges;
}

// The text of the blocks: what suspects are judged by.
std::string evidence_of(const Finding& finding) {
  const logs::LineIndex index(finding.log);
  logs::LogView view(index);
  std::string evidence = finding.cause.summary + "\n";
  for (const logs::Block& block : finding.blocks) {
    for (std::size_t n = block.start; n <= block.end && evidence.size() < 256 * 1024; ++n) {
      evidence += view.plain(n);
      evidence += '\n';
    }
  }
  return evidence;
}

}  // namespace

CiAnalysis::CiAnalysis(const Clock& clock, github::Client& client, const guard::Redactor& redactor, Rules rules,
                       telemetry::Registry& metrics, AnalyseOptions options)
    : clock_(clock),
      github_(client),
      redactor_(redactor),
      rules_(std::move(rules)),
      options_(std::move(options)),
      seconds_(
          metrics.histogram("firstmate_ci_analysis_seconds", "Time to analyse one failed job, fetching included.")),
      degraded_(metrics.counter("firstmate_ci_analysis_degraded_total",
                                "Analyses that went on without a part (passing log, suspects).")) {}

Result<Finding> CiAnalysis::analyse_job(const Context& context, const JobRef& job, const github::Job* api_job,
                                        const github::Run* run, FetchPolicy policy) {
  const Steady began = clock_.steady();
  Finding finding;
  finding.job = job;
  finding.step = failed_step_of(api_job);
  TRY(FetchedLog fetched, fetch_log(context, job, api_job, policy));
  if (fetched.state != LogState::stored) {
    const std::string step = finding.step;
    finding = finding_without_log(job, job.conclusion == "timed_out" ? "timeout_or_oom" : "unknown",
                                  step.empty() ? fmt::format("The job {} ended with '{}'", job.job, job.conclusion)
                                               : fmt::format("The step “{}” failed", step),
                                  fetched.reason);
    finding.step = step;
    finding.log_state = fetched.state;
    return finding;
  }
  guard::Redacted redacted = redactor_.redact(fetched.text);
  finding.redactions = redacted.total();
  finding.log = std::move(redacted.text);
  finding.log_state = LogState::stored;
  std::string passing_log;
  compare_with_last_pass(context, run, finding, passing_log);
  digest(finding, passing_log);
  find_suspects(context, finding);
  explain(finding);
  seconds_.observe(std::chrono::duration<double>(clock_.steady() - began).count());
  return finding;
}

Result<CiAnalysis::FetchedLog> CiAnalysis::fetch_log(const Context& context, const JobRef& job,
                                                     const github::Job* api_job, FetchPolicy policy) {
  github::Job wanted;
  if (api_job != nullptr) wanted = *api_job;
  wanted.id = job.job_id;
  wanted.run_id = job.run_id;
  wanted.attempt = job.attempt;
  wanted.name = job.job;
  auto text = github::fetch_log(context, github_, job.repository, wanted);
  if (text) return FetchedLog{LogState::stored, *std::move(text), {}};
  const Error& error = text.error();
  if (error.code == Code::cancelled || (policy.may_wait && worth_another_attempt(error.code))) {
    return fail(error, fmt::format("fetch the log of job {} of {}", job.job_id, job.repository));
  }
  const bool expired = error.code == Code::not_found && contains(error.full(), "expired");
  return FetchedLog{expired ? LogState::expired : LogState::missing, {}, with_remedy(error)};
}

// The passing log makes the triage sharper; without it the analysis goes on.
void CiAnalysis::compare_with_last_pass(const Context& context, const github::Run* run, Finding& finding,
                                        std::string& passing_log) {
  if (run == nullptr) return;
  auto passing = github::find_last_passing(context, github_, *run, finding.job.job);
  if (!passing || !*passing) {
    if (!passing) {
      degraded_.add();
      telemetry::warn("no passing run to compare with",
                      {{"repository", finding.job.repository}, {"error", passing.error().full()}});
    }
    return;
  }
  finding.passing_run_id = (*passing)->run.id;
  finding.passing_sha = (*passing)->run.head_sha;
  auto log = github::fetch_log(context, github_, finding.job.repository, (*passing)->job);
  if (log) {
    passing_log = redactor_.redact_text(*log);
  } else {
    degraded_.add();
    telemetry::info("the passing run's log cannot be had",
                    {{"repository", finding.job.repository}, {"error", log.error().full()}});
  }
}

void CiAnalysis::digest(Finding& finding, const std::string& passing_log) const {
  const logs::Triage triage = logs::triage(
      finding.log, passing_log.empty() ? std::nullopt : std::optional<std::string_view>(passing_log), rules_());
  finding.log_lines = triage.lines;
  finding.blocks = triage.blocks;
  finding.cause = triage.cause;
  finding.failing_tests = triage.failing_tests;
  finding.fingerprint = triage.fingerprint;
  finding.has_fix = triage.fix.has_value();
  if (triage.fix) finding.fix = *triage.fix;
  if (finding.step.empty() && triage.step) finding.step = triage.step->name;
  finding.steps = find_steps(finding.log, triage);
  const logs::LineIndex index(finding.log);
  logs::LogView view(index);
  finding.compared = !passing_log.empty();
  if (finding.compared) finding.new_lines = lines_not_in(logs::PassingLines(passing_log), view);
  for (const std::size_t n : triage.key_lines) {
    finding.key_lines.push_back({n, truncate_utf8(clean_utf8(view.plain(n)), kMaxLineBytes), mark_of(triage, n)});
  }
}

void CiAnalysis::find_suspects(const Context& context, Finding& finding) const {
  if (finding.passing_sha.empty() || finding.job.sha.empty() || finding.passing_sha == finding.job.sha) return;
  auto compared =
      github::fetch_comparison(context, github_, finding.job.repository, finding.passing_sha, finding.job.sha);
  if (!compared) {
    degraded_.add();
    telemetry::info("no commits to suspect",
                    {{"repository", finding.job.repository}, {"error", compared.error().full()}});
    return;
  }
  finding.suspects = rank_suspects(compared->commits, evidence_of(finding), finding.cause.category);
  for (Suspect& suspect : finding.suspects) suspect.message = redactor_.redact_text(suspect.message);
}

// What people read. Deterministic: cause, and what the comparison with the past adds to it.
void CiAnalysis::explain(Finding& finding) const {
  finding.explanation = finding.cause.summary;
  if (finding.explanation.empty())
    finding.explanation = fmt::format("The job {} failed; no line of its log says why", finding.job.job);
  if (!finding.passing_sha.empty() && finding.passing_sha == finding.job.sha) {
    finding.explanation += " The same commit passed before, so this is flaky or comes from outside the code.";
  }
  finding.cause.summary = finding.explanation;
}

Finding CiAnalysis::finding_without_log(const JobRef& job, std::string_view category, std::string_view what,
                                        std::string_view reason) const {
  Finding finding;
  finding.job = job;
  finding.cause.category = category;
  finding.cause.confidence = 0.2;
  finding.cause.summary =
      reason.empty() ? fmt::format("{}.", what) : fmt::format("{}; its log could not be read: {}.", what, reason);
  finding.log_state = LogState::missing;
  finding.log_reason = reason;
  finding.fingerprint = hash128_hex(fmt::format("no-log\n{}\n{}\n{}\n{}", job.repository, job.workflow, job.job, what));
  return finding;
}

Result<Saved> CiAnalysis::save(store::Tx& tx, const Finding& finding, const std::vector<LogPiece>& packed) const {
  const UnixMs now = clock_.now_ms();
  TRY(const Saved saved, save_finding(tx, finding, now, new_id("fail_", clock_), new_id("occ_", clock_)));
  if (finding.log_state == LogState::stored) TRY_VOID(put_log(tx, saved.occurrence_id, packed));
  if (options_.channel.empty()) return saved;

  TRY(std::vector<OccurrenceRow> run, list_run(tx, finding.job.repository, finding.job.run_id));
  std::int64_t newest = 0;
  for (const OccurrenceRow& row : run) newest = std::max(newest, row.attempt);
  std::erase_if(run, [&](const OccurrenceRow& row) { return row.attempt != newest; });
  const std::string group = run.front().failure_id;
  CardContext card;
  card.public_url = options_.public_url ? options_.public_url() : std::string();
  card.commit_title = redactor_.redact_text(finding.job.commit_title);
  card.actor = finding.job.actor;
  card.now = now;
  card.redactions = finding.redactions;
  TRY_VOID(tx.run("SELECT occurrence_count, first_seen FROM failures WHERE id = $1", {std::string_view(group)},
                  [&](const store::Row& row) {
                    card.seen = row.integer(0);
                    card.first_seen = row.integer(1);
                  }));
  const std::string run_key = fmt::format("{}/{}", finding.job.repository, finding.job.run_id);
  TRY_VOID(notify::put_notice(tx, {options_.channel, group, run_key, make_card(run, card)}, clock_));
  return saved;
}

}  // namespace fm::events
