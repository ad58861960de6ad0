#include "app/recorded_github.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "app/embedded.h"
#include "base/hash.h"

namespace fm::app {
namespace {

constexpr Millis kApart{17 * 60'000};  // between two builds
constexpr std::int64_t kTook = 143'000;

std::int64_t workflow_id_of(const RecordedRun& run) {
  return static_cast<std::int64_t>(hash64(run.repository + "\n" + run.workflow) % 100'000'000) + 1;
}

RecordedRun run_from(const json::value& build) {
  RecordedRun run;
  run.title = text_at(build, "title");
  run.repository = text_at(build, "repository");
  run.workflow = text_at(build, "workflow");
  run.job = text_at(build, "job");
  run.step = text_at(build, "step");
  run.branch = text_at(build, "branch");
  run.sha = text_at(build, "head_sha");
  run.actor = text_at(build, "actor");
  run.message = text_at(build, "commit_message");
  run.conclusion = text_at(build, "conclusion");
  run.run_id = int_at(build, "run_id");
  run.run_number = int_at(build, "run_number");
  run.job_id = int_at(build, "job_id");
  run.passing_run_id = int_at(build, "passing", "run_id");
  run.commits = array_at(build, "commits");
  run.workflow_id = workflow_id_of(run);
  return run;
}

RecordedRun passing_of(const json::value& build, const RecordedRun& failing, std::string log) {
  RecordedRun run = failing;
  run.conclusion = "success";
  run.run_id = int_at(build, "passing", "run_id");
  run.job_id = int_at(build, "passing", "job_id");
  run.sha = text_at(build, "passing", "head_sha");
  run.run_number = failing.run_number - 1;
  run.passing_run_id = 0;
  run.log = std::move(log);
  run.announced = false;
  return run;
}

net::Response answer(const json::value& body) { return net::Response::json(200, to_json(body)); }
net::Response missing() { return net::Response::json(404, R"({"message":"Not Found"})"); }

}  // namespace

Result<std::vector<RecordedRun>> load_recordings(UnixMs now) {
  std::map<std::string, std::string_view> files;
  for (const EmbeddedFile& file : embedded_demo()) files[std::string(file.name)] = file.bytes;
  std::vector<RecordedRun> runs;
  for (const auto& [name, bytes] : files) {
    if (!name.ends_with(".json")) continue;
    auto build = parse_json(bytes);
    if (!build) return fail(build.error(), "read the recording " + name);
    const std::string folder = name.substr(0, name.find('/') + 1);
    RecordedRun run = run_from(*build);
    if (run.run_id == 0 || run.job_id == 0 || run.repository.empty())
      return fail(Code::internal, fmt::format("the recording {} lacks an id", name));
    const std::string log_name = text_at(*build, "log");
    run.log = files[folder + (log_name.empty() ? "failing.log" : log_name)];
    const bool known =
        std::any_of(runs.begin(), runs.end(), [&](const RecordedRun& one) { return one.run_id == run.passing_run_id; });
    if (run.passing_run_id != 0 && !known)
      runs.push_back(passing_of(*build, run, std::string(files[folder + "passing.log"])));
    runs.push_back(std::move(run));
  }
  std::stable_sort(runs.begin(), runs.end(), [](const RecordedRun& a, const RecordedRun& b) {
    return std::tie(a.repository, a.run_number) < std::tie(b.repository, b.run_number);
  });
  UnixMs at = now - static_cast<std::int64_t>(runs.size()) * kApart.count();
  for (RecordedRun& run : runs) {
    run.started_at = at;
    run.completed_at = at + kTook;
    at += kApart.count();
  }
  return runs;
}

RecordedGitHub::RecordedGitHub(std::vector<RecordedRun> runs, const Clock& clock)
    : runs_(std::move(runs)), server_({.listen = "127.0.0.1:0", .threads = 1, .pool_threads = 2}, clock) {
  const auto run_of = [this](const Context&, net::Request& request) {
    const RecordedRun* run = by_run(request.path_value("id"));
    return run == nullptr ? missing() : answer(run_json(*run));
  };
  const auto jobs_of = [this](const Context&, net::Request& request) {
    const RecordedRun* run = by_run(request.path_value("id"));
    return run == nullptr ? missing() : answer({{"total_count", 1}, {"jobs", json::array{job_json(*run)}}});
  };
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/runs/{id}", run_of);
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/runs/{id}/attempts/{attempt}", run_of);
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/runs/{id}/jobs", jobs_of);
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/runs/{id}/attempts/{attempt}/jobs", jobs_of);
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/jobs/{id}", [this](const Context&, net::Request& request) {
    const RecordedRun* run = by_job(request.path_value("id"));
    return run == nullptr ? missing() : answer(job_json(*run));
  });
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/jobs/{id}/logs", [this](const Context&, net::Request& request) {
    net::Response response;
    response.status = 302;
    return std::move(response).with("Location", fmt::format("{}/logs/{}", url(), request.path_value("id")));
  });
  server_.on_pool("GET", "/logs/{id}", [this](const Context&, net::Request& request) {
    const RecordedRun* run = by_job(request.path_value("id"));
    return run == nullptr ? missing() : net::Response::text(200, run->log);
  });
  server_.on_pool("GET", "/repos/{owner}/{name}/actions/workflows/{id}/runs",
                  [this](const Context&, net::Request& request) { return runs_of_workflow(request); });
  server_.on_pool("GET", "/repos/{owner}/{name}/compare/{range}",
                  [this](const Context&, net::Request& request) { return comparison(request); });
  server_.on_pool("GET", "/repos/{owner}/{name}/commits/{sha}",
                  [this](const Context&, net::Request& request) { return commit(request); });
}

Result<void> RecordedGitHub::start() { return server_.start(); }
void RecordedGitHub::stop() { server_.stop(Millis{500}); }
std::string RecordedGitHub::url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }

const RecordedRun* RecordedGitHub::by_run(std::string_view id) const {
  const auto found = std::find_if(runs_.begin(), runs_.end(),
                                  [&](const RecordedRun& run) { return std::to_string(run.run_id) == id; });
  return found == runs_.end() ? nullptr : &*found;
}

const RecordedRun* RecordedGitHub::by_job(std::string_view id) const {
  const auto found = std::find_if(runs_.begin(), runs_.end(),
                                  [&](const RecordedRun& run) { return std::to_string(run.job_id) == id; });
  return found == runs_.end() ? nullptr : &*found;
}

json::object RecordedGitHub::run_json(const RecordedRun& run) const {
  return {{"id", run.run_id},
          {"name", run.workflow},
          {"workflow_id", run.workflow_id},
          {"run_number", run.run_number},
          {"run_attempt", 1},
          {"event", "push"},
          {"status", "completed"},
          {"conclusion", run.conclusion},
          {"head_branch", run.branch},
          {"head_sha", run.sha},
          {"display_title", run.message},
          {"html_url", fmt::format("https://github.com/{}/actions/runs/{}", run.repository, run.run_id)},
          {"created_at", to_rfc3339(run.started_at)},
          {"run_started_at", to_rfc3339(run.started_at)},
          {"updated_at", to_rfc3339(run.completed_at)},
          {"actor", {{"login", run.actor}}},
          {"repository", {{"full_name", run.repository}, {"default_branch", "main"}}}};
}

json::object RecordedGitHub::job_json(const RecordedRun& run) const {
  const json::array steps{{{"number", 1}, {"name", "Set up job"}, {"status", "completed"}, {"conclusion", "success"}},
                          {{"number", 2}, {"name", run.step}, {"status", "completed"}, {"conclusion", run.conclusion}}};
  return {
      {"id", run.job_id},
      {"run_id", run.run_id},
      {"run_attempt", 1},
      {"name", run.job},
      {"workflow_name", run.workflow},
      {"status", "completed"},
      {"conclusion", run.conclusion},
      {"head_branch", run.branch},
      {"head_sha", run.sha},
      {"html_url", fmt::format("https://github.com/{}/actions/runs/{}/job/{}", run.repository, run.run_id, run.job_id)},
      {"started_at", to_rfc3339(run.started_at)},
      {"completed_at", to_rfc3339(run.completed_at)},
      {"steps", steps}};
}

json::value RecordedGitHub::job_payload(const RecordedRun& run) const {
  return {{"action", "completed"},
          {"workflow_job", job_json(run)},
          {"repository", {{"full_name", run.repository}, {"default_branch", "main"}}},
          {"sender", {{"login", run.actor}}}};
}

json::value RecordedGitHub::run_payload(const RecordedRun& run) const {
  return {{"action", "completed"},
          {"workflow_run", run_json(run)},
          {"workflow", {{"name", run.workflow}}},
          {"repository", {{"full_name", run.repository}, {"default_branch", "main"}}},
          {"sender", {{"login", run.actor}}}};
}

net::Response RecordedGitHub::runs_of_workflow(const net::Request& request) const {
  const std::string branch = request.query_value("branch").value_or("");
  const std::string wanted = request.query_value("status").value_or("");
  json::array list;
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (std::to_string(run->workflow_id) != request.path_value("id")) continue;
    if ((branch.empty() || run->branch == branch) && (wanted.empty() || run->conclusion == wanted))
      list.push_back(run_json(*run));
  }
  return answer({{"total_count", list.size()}, {"workflow_runs", list}});
}

net::Response RecordedGitHub::comparison(const net::Request& request) const {
  const std::string_view range = request.path_value("range");
  const std::size_t dots = range.find("...");
  if (dots == std::string_view::npos) return missing();
  const std::string_view head = range.substr(dots + 3);
  for (const RecordedRun& run : runs_) {
    if (run.sha != head || run.passing_run_id == 0) continue;
    json::array commits;
    for (const json::value& one : run.commits) {
      commits.push_back(
          {{"sha", text_at(one, "sha")},
           {"html_url", fmt::format("https://github.com/{}/commit/{}", run.repository, text_at(one, "sha"))},
           {"author", {{"login", text_at(one, "author")}}},
           {"commit",
            {{"message", text_at(one, "message")},
             {"author", {{"name", text_at(one, "author")}}},
             {"committer", {{"date", to_rfc3339(run.started_at)}}}}}});
    }
    return answer(
        {{"status", "ahead"}, {"total_commits", commits.size()}, {"commits", commits}, {"files", json::array()}});
  }
  return missing();
}

net::Response RecordedGitHub::commit(const net::Request& request) const {
  for (const RecordedRun& run : runs_) {
    for (const json::value& one : run.commits) {
      if (text_at(one, "sha") != request.path_value("sha")) continue;
      json::array files;
      for (const json::value& file : array_at(one, "files")) {
        if (file.is_string()) files.push_back({{"filename", file}, {"status", "modified"}});
      }
      return answer({{"sha", text_at(one, "sha")},
                     {"html_url", fmt::format("https://github.com/{}/commit/{}", run.repository, text_at(one, "sha"))},
                     {"author", {{"login", text_at(one, "author")}}},
                     {"commit",
                      {{"message", text_at(one, "message")},
                       {"author", {{"name", text_at(one, "author")}}},
                       {"committer", {{"date", to_rfc3339(run.started_at)}}}}},
                     {"files", files}});
    }
  }
  return missing();
}

}  // namespace fm::app
