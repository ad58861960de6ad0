// GitHub Actions: runs, their jobs, and their logs. Times are Unix milliseconds, 0 when GitHub gave none.
//
// All calls block; errors beyond those of Client are named below. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/github/client.h"

namespace fm::tools::github {

struct Run {
  std::int64_t id = 0;
  int attempt = 1;
  std::int64_t number = 0;  // "#41"
  std::int64_t workflow_id = 0;
  std::string repository;      // "acme/web"
  std::string default_branch;  // empty when the answer did not say
  std::string workflow;        // "CI"
  std::string title;           // of the commit or pull request
  std::string event;           // "push", "pull_request"
  std::string status;          // "completed"
  std::string conclusion;      // "failure", "success", "timed_out", "startup_failure", "cancelled", …; empty: none yet
  std::string branch;
  std::string head_sha;
  std::string html_url;
  std::string actor;
  UnixMs created_at = 0, started_at = 0, updated_at = 0;
};

struct Step {
  int number = 0;
  std::string name;
  std::string status;
  std::string conclusion;
  UnixMs started_at = 0, completed_at = 0;
};

struct Job {
  std::int64_t id = 0;
  std::int64_t run_id = 0;
  int attempt = 1;
  std::string name;
  std::string workflow;
  std::string status;
  std::string conclusion;
  std::string head_sha;
  std::string branch;
  std::string html_url;
  std::string runner;
  std::vector<std::string> labels;
  std::vector<Step> steps;
  UnixMs started_at = 0, completed_at = 0;
};

struct CheckRun {
  std::int64_t id = 0;
  std::string name;
  std::string status;
  std::string conclusion;
  std::string head_sha;
  std::string html_url;
  std::string details_url;
  std::string app;                   // "github-actions"
  std::string title, summary, text;  // of its output
  UnixMs started_at = 0, completed_at = 0;
};

// attempt 0: the newest.
Result<Run> fetch_run(const Context& context, Client& client, std::string_view repository, std::int64_t run_id,
                      int attempt = 0);
// All pages; attempt 0: the newest of each job.
Result<std::vector<Job>> fetch_jobs(const Context& context, Client& client, std::string_view repository,
                                    std::int64_t run_id, int attempt = 0);
Result<Job> fetch_job(const Context& context, Client& client, std::string_view repository, std::int64_t job_id);
Result<CheckRun> fetch_check_run(const Context& context, Client& client, std::string_view repository,
                                 std::int64_t check_run_id);
// Completed runs created or updated since then, newest first, for polling. conclusion: "failure", … or empty for all.
Result<std::vector<Run>> fetch_runs_since(const Context& context, Client& client, std::string_view repository,
                                          UnixMs since, std::size_t max_runs = 200);

// The log as GitHub stores it, timestamps and all.
// Errors: unavailable with retry_after (404: not there yet), not_found "… expired" (410), forbidden, too_large.
Result<std::string> fetch_job_log(const Context& context, Client& client, std::string_view repository,
                                  std::int64_t job_id);
// The same from the run's archive of all logs. Errors: as above; not_found when the archive has no such job; invalid
// for a damaged archive.
Result<std::string> fetch_job_log_from_archive(const Context& context, Client& client, std::string_view repository,
                                               std::int64_t run_id, int attempt, std::string_view job_name);
// The first, and when it cannot be had the second; the error of the first when both fail.
Result<std::string> fetch_log(const Context& context, Client& client, std::string_view repository, const Job& job);

// The newest successful run of the same workflow before `run`: on its branch, else on the default branch (fetched when
// run.default_branch is empty), and in it the job of that name if that job passed. Looks at up to three runs a branch.
struct Passing {
  Run run;
  Job job;
};
Result<std::optional<Passing>> find_last_passing(const Context& context, Client& client, const Run& run,
                                                 std::string_view job_name);

// From a payload or answer of GitHub; missing members stay empty. `repository` fills what a job's JSON lacks.
Run run_from_json(const json::value& value);
Job job_from_json(const json::value& value);

}  // namespace fm::tools::github
