// What the analysis of one failed job found out: the value that is saved, shown and told.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "logs/triage.h"

namespace fm::events {

// A commit between the last pass and this failure, judged.
struct Suspect {
  std::string sha, author, message, url;
  double score = 0;  // 0..1
  std::string why;   // "changes src/cart.py, which the traceback names"
};

struct KeyLine {
  std::size_t n = 0;  // 1-based
  std::string text;
  std::string mark;  // error, traceback, summary, context; empty: none
};

// A foldable part of the log: a step, or a group in it.
struct LogStep {
  std::string name;
  std::size_t start = 0, end = 0;
  bool failed = false;
};

enum class LogState { stored, missing, expired };
std::string_view to_string(LogState state);

// Which job of which run. (repository, run, attempt, job name) names it over all three kinds of webhook.
struct JobRef {
  std::string repository, workflow, job, branch, sha, url, actor, commit_title;
  std::int64_t run_id = 0, run_number = 0, job_id = 0;
  int attempt = 1;
  std::string conclusion;  // failure, timed_out, startup_failure
  UnixMs started_at = 0, completed_at = 0;
  bool demo = false;
};

struct Finding {
  JobRef job;
  std::string step;  // empty: not known
  logs::Cause cause;
  std::vector<std::string> failing_tests;
  bool has_fix = false;
  logs::Fix fix;
  std::string fingerprint;
  std::vector<logs::Block> blocks;
  std::vector<KeyLine> key_lines;
  std::vector<Suspect> suspects;
  std::string passing_sha;
  std::int64_t passing_run_id = 0;
  LogState log_state = LogState::missing;
  std::string log_reason;  // why it is not stored
  std::string log;         // redacted; empty when not stored
  std::size_t log_lines = 0;
  std::size_t redactions = 0;
  std::vector<LogStep> steps;
  bool compared = false;                                       // with the passing run's log
  std::vector<std::pair<std::size_t, std::size_t>> new_lines;  // ranges absent from it, in order, at most 5,000
  std::string explanation;                                     // what people read; made by explain()
};

// Stored forms of the parts.
json::array to_json(const std::vector<Suspect>& suspects);
json::array to_json(const std::vector<KeyLine>& lines);
json::array to_json(const std::vector<LogStep>& steps);
json::array to_json(const std::vector<logs::Block>& blocks);
json::array to_json(const std::vector<std::pair<std::size_t, std::size_t>>& ranges);
json::object to_json(const logs::Fix& fix);
std::vector<Suspect> suspects_from_json(const json::value& value);
logs::Fix fix_from_json(const json::value& value);

}  // namespace fm::events
