#include "tools/github/actions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::tools::github {
namespace {

constexpr std::string_view kNeeds = "actions: read";
constexpr size_t kMaxJobs = 2'000;
constexpr size_t kCandidates = 3;

UnixMs time_at(const json::value& value, std::string_view key) {
  const auto time = parse_rfc3339(text_at(value, key));
  return time ? *time : 0;
}

// GitHub's search operators take whole seconds.
std::string to_seconds(UnixMs time) { return to_rfc3339(time).substr(0, 19) + "Z"; }

std::string url_part(std::string_view text) { return net::url_encode(text); }

CheckRun check_run_from_json(const json::value& value) {
  CheckRun check;
  check.id = int_at(value, "id");
  check.name = text_at(value, "name");
  check.status = text_at(value, "status");
  check.conclusion = text_at(value, "conclusion");
  check.head_sha = text_at(value, "head_sha");
  check.html_url = text_at(value, "html_url");
  check.details_url = text_at(value, "details_url");
  check.app = text_at(value, "app", "slug");
  check.title = text_at(value, "output", "title");
  check.summary = text_at(value, "output", "summary");
  check.text = text_at(value, "output", "text");
  check.started_at = time_at(value, "started_at");
  check.completed_at = time_at(value, "completed_at");
  return check;
}

Result<std::vector<Run>> successes(const Context& context, Client& client, const Run& before, std::string_view branch) {
  // Up to the run itself: a later success would show what mended the failure, not what it came from.
  const std::string path =
      fmt::format("/repos/{}/actions/workflows/{}/runs?branch={}&status=success&created={}", before.repository,
                  before.workflow_id, url_part(branch), url_part("<=" + to_seconds(before.created_at)));
  TRY(const Client::Pages pages, client.get_all(context, path, "workflow_runs", 10, kNeeds));
  std::vector<Run> runs;
  for (const json::value& item : pages.items) {
    Run run = run_from_json(item);
    const bool earlier =
        run.created_at < before.created_at || (run.created_at == before.created_at && run.id < before.id);
    if (run.id != before.id && earlier && run.conclusion == "success") runs.push_back(std::move(run));
  }
  std::sort(runs.begin(), runs.end(),
            [](const Run& a, const Run& b) { return std::pair(a.created_at, a.id) > std::pair(b.created_at, b.id); });
  if (runs.size() > kCandidates) runs.resize(kCandidates);
  return runs;
}

Result<std::optional<Passing>> passing_on(const Context& context, Client& client, const Run& before,
                                          std::string_view branch, std::string_view job_name) {
  TRY(std::vector<Run> runs, successes(context, client, before, branch));
  for (Run& run : runs) {
    TRY(std::vector<Job> jobs, fetch_jobs(context, client, before.repository, run.id));
    const auto job = std::find_if(jobs.begin(), jobs.end(),
                                  [&](const Job& one) { return one.name == job_name && one.conclusion == "success"; });
    if (job != jobs.end()) return Passing{std::move(run), std::move(*job)};
  }
  return std::optional<Passing>();
}

}  // namespace

Run run_from_json(const json::value& value) {
  Run run;
  run.id = int_at(value, "id");
  run.attempt = static_cast<int>(std::clamp<std::int64_t>(int_at(value, "run_attempt"), 1, 1'000'000));
  run.number = int_at(value, "run_number");
  run.workflow_id = int_at(value, "workflow_id");
  run.repository = text_at(value, "repository", "full_name");
  run.default_branch = text_at(value, "repository", "default_branch");
  run.workflow = text_at(value, "name");
  run.title = text_at(value, "display_title");
  run.event = text_at(value, "event");
  run.status = text_at(value, "status");
  run.conclusion = text_at(value, "conclusion");
  run.branch = text_at(value, "head_branch");
  run.head_sha = text_at(value, "head_sha");
  run.html_url = text_at(value, "html_url");
  run.actor = text_at(value, "triggering_actor", "login");
  if (run.actor.empty()) run.actor = text_at(value, "actor", "login");
  run.created_at = time_at(value, "created_at");
  run.started_at = time_at(value, "run_started_at");
  run.updated_at = time_at(value, "updated_at");
  return run;
}

Job job_from_json(const json::value& value) {
  Job job;
  job.id = int_at(value, "id");
  job.run_id = int_at(value, "run_id");
  job.attempt = static_cast<int>(std::clamp<std::int64_t>(int_at(value, "run_attempt"), 1, 1'000'000));
  job.name = text_at(value, "name");
  job.workflow = text_at(value, "workflow_name");
  job.status = text_at(value, "status");
  job.conclusion = text_at(value, "conclusion");
  job.head_sha = text_at(value, "head_sha");
  job.branch = text_at(value, "head_branch");
  job.html_url = text_at(value, "html_url");
  job.runner = text_at(value, "runner_name");
  job.started_at = time_at(value, "started_at");
  job.completed_at = time_at(value, "completed_at");
  for (const json::value& label : array_at(value, "labels")) {
    if (label.is_string()) job.labels.emplace_back(label.get_string());
  }
  for (const json::value& item : array_at(value, "steps")) {
    job.steps.push_back({.number = static_cast<int>(std::clamp<std::int64_t>(int_at(item, "number"), 0, 1'000'000)),
                         .name = text_at(item, "name"),
                         .status = text_at(item, "status"),
                         .conclusion = text_at(item, "conclusion"),
                         .started_at = time_at(item, "started_at"),
                         .completed_at = time_at(item, "completed_at")});
  }
  return job;
}

Result<Run> fetch_run(const Context& context, Client& client, std::string_view repository, std::int64_t run_id,
                      int attempt) {
  TRY_VOID(check_repository(repository));
  std::string path = fmt::format("/repos/{}/actions/runs/{}", repository, run_id);
  if (attempt > 0) path += fmt::format("/attempts/{}", attempt);
  TRY(const json::value value, client.get(context, path, kNeeds));
  Run run = run_from_json(value);
  if (run.id != run_id)
    return fail(Code::invalid, fmt::format("GitHub's answer for run {} is about another one", run_id));
  if (run.repository.empty()) run.repository = repository;
  return run;
}

Result<std::vector<Job>> fetch_jobs(const Context& context, Client& client, std::string_view repository,
                                    std::int64_t run_id, int attempt) {
  TRY_VOID(check_repository(repository));
  const std::string which = attempt > 0 ? fmt::format("attempts/{}/jobs", attempt) : "jobs?filter=latest";
  TRY(const Client::Pages pages,
      client.get_all(context, fmt::format("/repos/{}/actions/runs/{}/{}", repository, run_id, which), "jobs", kMaxJobs,
                     kNeeds));
  std::vector<Job> jobs;
  jobs.reserve(pages.items.size());
  for (const json::value& item : pages.items) jobs.push_back(job_from_json(item));
  return jobs;
}

Result<Job> fetch_job(const Context& context, Client& client, std::string_view repository, std::int64_t job_id) {
  TRY_VOID(check_repository(repository));
  TRY(const json::value value,
      client.get(context, fmt::format("/repos/{}/actions/jobs/{}", repository, job_id), kNeeds));
  return job_from_json(value);
}

Result<CheckRun> fetch_check_run(const Context& context, Client& client, std::string_view repository,
                                 std::int64_t check_run_id) {
  TRY_VOID(check_repository(repository));
  TRY(const json::value value,
      client.get(context, fmt::format("/repos/{}/check-runs/{}", repository, check_run_id), "checks: read"));
  return check_run_from_json(value);
}

Result<std::vector<Run>> fetch_runs_since(const Context& context, Client& client, std::string_view repository,
                                          UnixMs since, std::size_t max_runs) {
  TRY_VOID(check_repository(repository));
  const std::string path =
      fmt::format("/repos/{}/actions/runs?status=completed&created={}", repository, url_part(">=" + to_seconds(since)));
  TRY(const Client::Pages pages, client.get_all(context, path, "workflow_runs", max_runs, kNeeds));
  std::vector<Run> runs;
  for (const json::value& item : pages.items) {
    runs.push_back(run_from_json(item));
    if (runs.back().repository.empty()) runs.back().repository = repository;
  }
  return runs;
}

Result<std::optional<Passing>> find_last_passing(const Context& context, Client& client, const Run& run,
                                                 std::string_view job_name) {
  TRY_VOID(check_repository(run.repository));
  if (run.workflow_id == 0 || run.created_at == 0) return std::optional<Passing>();
  if (!run.branch.empty()) {
    TRY(std::optional<Passing> same, passing_on(context, client, run, run.branch, job_name));
    if (same) return same;
  }
  std::string fallback = run.default_branch;
  if (fallback.empty()) {
    TRY(const json::value repository, client.get(context, fmt::format("/repos/{}", run.repository), "metadata: read"));
    fallback = text_at(repository, "default_branch");
  }
  if (fallback.empty() || fallback == run.branch) return std::optional<Passing>();
  return passing_on(context, client, run, fallback, job_name);
}

}  // namespace fm::tools::github
