// For `firstmate demo`: a stand-in for GitHub's API on a loopback port that serves recorded builds of made-up
// repositories. The pipeline talks to it as it would to GitHub.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "net/server.h"

namespace fm::app {

// One recorded run with one job.
struct RecordedRun {
  std::string title, repository, workflow, job, step, branch, sha, actor, message, conclusion, log;
  std::int64_t run_id = 0, run_number = 0, job_id = 0, workflow_id = 0;
  std::int64_t passing_run_id = 0;  // 0: none
  UnixMs started_at = 0, completed_at = 0;
  json::array commits;    // {sha, author, message, files}
  bool announced = true;  // a webhook tells of it; runs that passed before are only there to be asked for
};

// All recordings in the order in which they happened, the newest a minute ago. Error: internal (a fault in the data).
Result<std::vector<RecordedRun>> load_recordings(UnixMs now);

class RecordedGitHub {
 public:
  RecordedGitHub(std::vector<RecordedRun> runs, const Clock& clock);
  Result<void> start();
  void stop();
  std::string url() const;

  // The webhook bodies that GitHub would have sent for that run: a workflow_job and a workflow_run.
  json::value job_payload(const RecordedRun& run) const;
  json::value run_payload(const RecordedRun& run) const;
  const std::vector<RecordedRun>& runs() const { return runs_; }

 private:
  json::object run_json(const RecordedRun& run) const;
  json::object job_json(const RecordedRun& run) const;
  const RecordedRun* by_run(std::string_view id) const;
  const RecordedRun* by_job(std::string_view id) const;
  net::Response runs_of_workflow(const net::Request& request) const;
  net::Response comparison(const net::Request& request) const;
  net::Response commit(const net::Request& request) const;

  std::vector<RecordedRun> runs_;
  net::Server server_;
};

}  // namespace fm::app
