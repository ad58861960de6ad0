// One GitHub webhook payload, reduced to what the pipeline needs.
// Shapes: https://docs.github.com/webhooks/webhook-events-and-payloads
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace fm::events {

struct GitHubEvent {
  std::string kind;        // X-GitHub-Event: "workflow_run"
  std::string action;      // "completed"; empty where the kind has none
  std::string repository;  // "acme/web"; empty for organisation-wide kinds
  std::string default_branch;
  std::string ref;  // "refs/heads/main" (push)
  std::string branch;
  std::string sha;
  std::string actor;
  std::string title;  // run, pull request or issue title, or the head commit's first line
  std::string url;    // page of the run, job, check or item
  // Of the three CI kinds:
  std::string workflow;    // "CI"
  std::string job;         // name of the job or check
  std::string conclusion;  // "failure", "success", …
  std::string app;         // who made a check run: "github-actions"
  std::string output;      // title and summary of a check run's output
  std::int64_t run_id = 0;
  std::int64_t run_number = 0;
  int run_attempt = 1;
  std::int64_t job_id = 0;  // for GitHub Actions a check run's id is its job's id
  UnixMs started_at = 0;
  UnixMs completed_at = 0;
};

// body should have 64 spare bytes of capacity, else it is copied. Texts are as sent (not redacted).
// Errors: invalid (no JSON, no object, or without what this kind must have; the message names it).
Result<GitHubEvent> decode_github_event(std::string_view kind, const std::string& body);

// What the pipeline does with it.
enum class Relevance {
  none,     // recorded only
  failure,  // a run, job or check that ended badly: analyse
  success,  // one that ended well: may be a recovery
};
Relevance relevance_of(const GitHubEvent& event);

// "CI failed on main", for lists.
std::string summary_of(const GitHubEvent& event);

}  // namespace fm::events
