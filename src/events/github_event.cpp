// Called by events/ingest (at the edge) and events/process_event (in a worker).
#include "events/github_event.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace fm::events {
namespace {

using simdjson::dom::element;

// Parsers keep their buffers; big ones are made for the moment, one at a time, so that memory stays bounded.
constexpr size_t kKeepParserBytes = 1 << 20;
constexpr size_t kMaxText = 300;

// The element along a path of keys; no element when a step is missing.
template <class... Keys>
simdjson::simdjson_result<element> at(simdjson::simdjson_result<element> from, Keys... keys) {
  ((from = from.error() ? from : from.at_key(keys)), ...);
  return from;
}

template <class... Keys>
std::string text(element from, Keys... keys) {
  std::string_view value;
  if (at(simdjson::simdjson_result<element>(element(from)), keys...).get(value)) return {};
  return std::string(value);
}

template <class... Keys>
std::int64_t number(element from, Keys... keys) {
  std::int64_t value = 0;
  if (at(simdjson::simdjson_result<element>(element(from)), keys...).get(value)) return 0;
  return value;
}

template <class... Keys>
UnixMs time(element from, Keys... keys) {
  return parse_rfc3339(text(from, keys...)).value_or(0);
}

int attempt_of(element item) {
  return static_cast<int>(std::clamp<std::int64_t>(number(item, "run_attempt"), 1, 1'000'000));
}

std::string first_line(std::string_view message) {
  return truncate_utf8(message.substr(0, message.find('\n')), kMaxText);
}

std::string first_nonempty(std::string a, std::string b) { return a.empty() ? b : a; }

void read_run(element run, GitHubEvent& event) {
  event.run_id = number(run, "id");
  event.run_number = number(run, "run_number");
  event.run_attempt = attempt_of(run);
  event.workflow = text(run, "name");
  event.branch = text(run, "head_branch");
  event.sha = text(run, "head_sha");
  event.conclusion = text(run, "conclusion");
  event.url = text(run, "html_url");
  event.title = first_line(first_nonempty(text(run, "display_title"), text(run, "head_commit", "message")));
  event.actor = first_nonempty(text(run, "triggering_actor", "login"), text(run, "actor", "login"));
  event.started_at = time(run, "run_started_at");
  if (event.started_at == 0) event.started_at = time(run, "created_at");
  event.completed_at = time(run, "updated_at");
}

void read_job(element job, GitHubEvent& event) {
  event.run_id = number(job, "run_id");
  event.run_attempt = attempt_of(job);
  event.job_id = number(job, "id");
  event.job = text(job, "name");
  event.workflow = text(job, "workflow_name");
  event.branch = text(job, "head_branch");
  event.sha = text(job, "head_sha");
  event.conclusion = text(job, "conclusion");
  event.url = text(job, "html_url");
  event.started_at = time(job, "started_at");
  event.completed_at = time(job, "completed_at");
}

// ".../actions/runs/4711/job/815" or ".../runs/815": what a check run says of its run.
std::int64_t run_in_url(std::string_view url) {
  const size_t found = url.find("/actions/runs/");
  if (found == std::string_view::npos) return 0;
  std::int64_t id = 0;
  for (size_t i = found + 14; i < url.size() && url[i] >= '0' && url[i] <= '9' && id < (std::int64_t{1} << 58); ++i)
    id = id * 10 + (url[i] - '0');
  return id;
}

void read_check(element check, GitHubEvent& event) {
  event.job_id = number(check, "id");
  event.job = text(check, "name");
  event.sha = text(check, "head_sha");
  event.conclusion = text(check, "conclusion");
  event.url = first_nonempty(text(check, "html_url"), text(check, "details_url"));
  event.app = text(check, "app", "slug");
  event.workflow = text(check, "app", "name");
  event.branch = text(check, "check_suite", "head_branch");
  event.started_at = time(check, "started_at");
  event.completed_at = time(check, "completed_at");
  event.run_id = run_in_url(text(check, "details_url"));
  event.output = truncate_utf8(text(check, "output", "title") + "\n" + text(check, "output", "summary"), 4000);
  if (trim(event.output).empty()) event.output.clear();
}

// What an item of the other kinds is called, by the member that carries it.
void read_other(element root, GitHubEvent& event) {
  for (const char* member :
       {"pull_request", "issue", "deployment_status", "deployment", "release", "check_suite", "discussion"}) {
    element item;
    if (root.at_key(member).get(item)) continue;
    if (event.title.empty()) event.title = first_line(first_nonempty(text(item, "title"), text(item, "name")));
    if (event.url.empty()) event.url = text(item, "html_url");
    if (event.sha.empty())
      event.sha = first_nonempty(text(item, "head", "sha"), first_nonempty(text(item, "sha"), text(item, "head_sha")));
    if (event.branch.empty()) event.branch = first_nonempty(text(item, "head", "ref"), text(item, "head_branch"));
    if (event.ref.empty()) event.ref = text(item, "ref");
  }
}

Result<void> read_root(element root, GitHubEvent& event) {
  event.action = text(root, "action");
  event.repository = text(root, "repository", "full_name");
  event.default_branch = text(root, "repository", "default_branch");
  const auto missing = [&](std::string_view what) {
    return fail(Code::invalid, fmt::format("a {} payload without {}", event.kind, what),
                "send the payload as GitHub made it");
  };
  const bool ci = event.kind == "workflow_run" || event.kind == "workflow_job" || event.kind == "check_run";
  if (ci) {
    element item;
    if (root.at_key(event.kind).get(item) || !item.is_object()) return missing(event.kind);
    if (event.repository.empty()) return missing("repository.full_name");
    if (event.kind == "workflow_run") {
      read_run(item, event);
      const std::string workflow = text(root, "workflow", "name");
      if (!workflow.empty()) event.workflow = workflow;
    } else if (event.kind == "workflow_job") {
      read_job(item, event);
    } else {
      read_check(item, event);
    }
    if (event.run_id == 0 && event.job_id == 0) return missing(event.kind + ".id");
  } else if (event.kind == "push") {
    event.ref = text(root, "ref");
    event.sha = text(root, "after");
    event.title = first_line(text(root, "head_commit", "message"));
    event.url = text(root, "compare");
    event.actor = text(root, "pusher", "name");
  } else {
    read_other(root, event);
  }
  if (event.branch.empty() && event.ref.starts_with("refs/heads/")) event.branch = event.ref.substr(11);
  if (event.actor.empty()) event.actor = text(root, "sender", "login");
  return {};
}

Result<GitHubEvent> decode_with(simdjson::dom::parser& parser, std::string_view kind, const std::string& body) {
  const bool padded = body.capacity() >= body.size() + simdjson::SIMDJSON_PADDING;
  element root;
  if (const auto error = parser.parse(body.data(), body.size(), !padded).get(root)) {
    return fail(Code::invalid, fmt::format("the body is not JSON: {}", simdjson::error_message(error)),
                "send the payload as GitHub made it, as application/json");
  }
  if (!root.is_object())
    return fail(Code::invalid, "the body is JSON, but no object", "send the payload as GitHub made it");
  GitHubEvent event;
  event.kind = kind;
  TRY_VOID(read_root(root, event));
  return event;
}

bool ended_badly(std::string_view conclusion) {
  return conclusion == "failure" || conclusion == "timed_out" || conclusion == "startup_failure";
}

}  // namespace

Result<GitHubEvent> decode_github_event(std::string_view kind, const std::string& body) {
  if (body.size() <= kKeepParserBytes) {
    thread_local simdjson::dom::parser parser;
    return decode_with(parser, kind, body);
  }
  static std::mutex one_big_body_at_a_time;
  const std::lock_guard lock(one_big_body_at_a_time);
  simdjson::dom::parser parser;
  return decode_with(parser, kind, body);
}

Relevance relevance_of(const GitHubEvent& event) {
  const bool ci = event.kind == "workflow_run" || event.kind == "workflow_job" || event.kind == "check_run";
  if (!ci || event.action != "completed") return Relevance::none;
  if (ended_badly(event.conclusion)) return Relevance::failure;
  return event.conclusion == "success" ? Relevance::success : Relevance::none;
}

std::string summary_of(const GitHubEvent& event) {
  const std::string where = event.branch.empty() ? "" : " on " + event.branch;
  const std::string name = event.kind == "workflow_run" ? event.workflow : event.job.empty() ? event.title : event.job;
  std::string what = event.conclusion.empty() ? event.action : event.conclusion;
  if (event.kind == "push") {
    const std::string& target = event.branch.empty() ? event.ref : event.branch;
    return truncate_utf8(fmt::format("push to {}{}", target, event.title.empty() ? "" : ": " + event.title), 400);
  }
  if (what.empty()) what = "received";
  return truncate_utf8(fmt::format("{}{}{}: {}", event.kind, name.empty() ? "" : " " + name, where, what), 400);
}

}  // namespace fm::events
