// Logs of jobs: text by job, or out of the run's archive of all logs (declared in actions.h).
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/github/actions.h"
#include "tools/github/zip.h"

namespace fm::tools::github {
namespace {

constexpr std::string_view kNeeds = "actions: read";
constexpr Millis kNotYet{5'000};

Result<std::string> as_log(Result<net::ClientResponse> answer, std::string_view what) {
  if (!answer) return std::unexpected(with_context(std::move(answer).error(), fmt::format("fetch {}", what)));
  if (answer->status == 410) {
    return fail(Code::not_found, fmt::format("{} expired", what),
                "GitHub keeps logs for the days set under Settings > Actions; run it again for a new one");
  }
  if (answer->status == 404) {
    auto error = fail(Code::unavailable, fmt::format("{} is not there yet (404)", what),
                      "if it stays away: the token or App needs `actions: read` on this repository");
    error.error().retry_after = kNotYet;
    return error;
  }
  return std::move(answer->body);
}

// The runner leaves characters out of file names that some file system forbids, and cuts long names: what is compared
// is letters and digits only.
std::string comparable(std::string_view name) {
  std::string out;
  for (const char c : to_lower(name)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) out += c;
  }
  return out;
}

// "12_Run tests.txt" → 12 and "Run tests"; -1 when it is named otherwise.
std::pair<int, std::string_view> numbered(std::string_view file) {
  int number = 0;
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), number);
  const auto used = static_cast<size_t>(end - file.data());
  if (error != std::errc() || used >= file.size() || file[used] != '_' || !file.ends_with(".txt")) return {-1, file};
  return {number, file.substr(used + 1, file.size() - used - 5)};
}

// The archive holds each job whole as "<n>_<job>.txt" and, in folders, step by step as "<job>/<n>_<step>.txt".
std::vector<const ZipReader::Entry*> entries_of_job(const ZipReader& zip, std::string_view job_name) {
  const std::string wanted = comparable(job_name);
  const auto same = [&](std::string_view name) {
    const std::string got = comparable(name);
    return got == wanted || (got.size() >= 80 && wanted.starts_with(got));
  };
  std::vector<std::pair<int, const ZipReader::Entry*>> steps;
  for (const ZipReader::Entry& entry : zip.entries()) {
    const std::string_view name = entry.name;
    const size_t slash = name.rfind('/');
    const auto [number, rest] = numbered(slash == std::string_view::npos ? name : name.substr(slash + 1));
    if (number < 0) continue;
    if (slash == std::string_view::npos && same(rest)) return {&entry};
    if (slash != std::string_view::npos && same(name.substr(0, slash))) steps.emplace_back(number, &entry);
  }
  std::sort(steps.begin(), steps.end());
  std::vector<const ZipReader::Entry*> found;
  for (const auto& [number, entry] : steps) found.push_back(entry);
  return found;
}

}  // namespace

Result<std::string> fetch_job_log(const Context& context, Client& client, std::string_view repository,
                                  std::int64_t job_id) {
  TRY_VOID(check_repository(repository));
  return as_log(client.download(context, fmt::format("/repos/{}/actions/jobs/{}/logs", repository, job_id), kNeeds),
                fmt::format("the log of job {}", job_id));
}

Result<std::string> fetch_job_log_from_archive(const Context& context, Client& client, std::string_view repository,
                                               std::int64_t run_id, int attempt, std::string_view job_name) {
  TRY_VOID(check_repository(repository));
  const std::string path =
      fmt::format("/repos/{}/actions/runs/{}/attempts/{}/logs", repository, run_id, std::max(attempt, 1));
  const std::string what = fmt::format("the log archive of run {}", run_id);
  TRY(const std::string bytes, as_log(client.download(context, path, kNeeds), what));
  ZipLimits limits;
  limits.max_total_bytes = client.options().max_log_bytes;
  auto zip = ZipReader::open(bytes, limits);
  if (!zip) return fail(std::move(zip).error(), what);
  const auto entries = entries_of_job(*zip, job_name);
  if (entries.empty())
    return fail(Code::not_found, fmt::format("{} holds no job \"{}\"", what, truncate_utf8(clean_utf8(job_name), 120)));
  std::string log;
  for (const ZipReader::Entry* entry : entries) {
    auto text = zip->read(*entry);
    if (!text) return fail(std::move(text).error(), what);
    if (!log.empty() && !log.ends_with('\n')) log += '\n';
    log += *text;
  }
  return log;
}

Result<std::string> fetch_log(const Context& context, Client& client, std::string_view repository, const Job& job) {
  auto log = fetch_job_log(context, client, repository, job.id);
  if (log) return log;
  // Neither a limit nor a missing right gets better by asking for the archive.
  const Code code = log.error().code;
  if (code != Code::unavailable && code != Code::not_found && code != Code::timeout) return log;
  if (!context.check()) return log;
  auto archived = fetch_job_log_from_archive(context, client, repository, job.run_id, job.attempt, job.name);
  if (archived) return archived;
  return log;
}

}  // namespace fm::tools::github
