#include "tools/github/commits.h"

#include <algorithm>

#include <fmt/format.h>

namespace fm::tools::github {
namespace {

constexpr std::string_view kNeeds = "contents: read";

ChangedFile file_from_json(const json::value& value) {
  return {.path = text_at(value, "filename"),
          .previous_path = text_at(value, "previous_filename"),
          .status = text_at(value, "status"),
          .additions = int_at(value, "additions"),
          .deletions = int_at(value, "deletions"),
          .patch = text_at(value, "patch")};
}

std::vector<ChangedFile> files_from_json(const json::value& value) {
  std::vector<ChangedFile> files;
  for (const json::value& item : array_at(value, "files")) files.push_back(file_from_json(item));
  return files;
}

Commit commit_from_json(const json::value& value) {
  Commit commit;
  commit.sha = text_at(value, "sha");
  commit.message = text_at(value, "commit", "message");
  commit.author_name = text_at(value, "commit", "author", "name");
  commit.author_login = text_at(value, "author", "login");
  commit.html_url = text_at(value, "html_url");
  const auto time = parse_rfc3339(text_at(value, "commit", "committer", "date"));
  commit.committed_at = time ? *time : 0;
  commit.files = files_from_json(value);
  return commit;
}

// Names go into a path: branch names may hold '/', which GitHub takes as it is; everything else is encoded.
std::string ref_part(std::string_view ref) {
  std::string out;
  for (size_t from = 0; from <= ref.size();) {
    const size_t slash = std::min(ref.find('/', from), ref.size());
    out += net::url_encode(ref.substr(from, slash - from));
    if (slash < ref.size()) out += '/';
    from = slash + 1;
  }
  return out;
}

Result<void> check_ref(std::string_view ref) {
  const bool bad = ref.empty() || ref.size() > 255 || ref.find("..") != std::string_view::npos || ref.front() == '/' ||
                   ref.front() == '.';
  if (bad) return fail(Code::invalid, "not the name of a commit or branch");
  return {};
}

}  // namespace

Result<Commit> fetch_commit(const Context& context, Client& client, std::string_view repository, std::string_view sha) {
  TRY_VOID(check_repository(repository));
  TRY_VOID(check_ref(sha));
  TRY(const json::value value,
      client.get(context, fmt::format("/repos/{}/commits/{}", repository, ref_part(sha)), kNeeds));
  return commit_from_json(value);
}

Result<Comparison> fetch_comparison(const Context& context, Client& client, std::string_view repository,
                                    std::string_view base, std::string_view head, const CompareOptions& options) {
  TRY_VOID(check_repository(repository));
  TRY_VOID(check_ref(base));
  TRY_VOID(check_ref(head));
  // Commits come oldest first, a hundred a page; the files of the whole range stand on every first page.
  const std::string path = fmt::format("/repos/{}/compare/{}...{}", repository, ref_part(base), ref_part(head));
  constexpr std::int64_t kPage = 100;
  TRY(const json::value first, client.get(context, fmt::format("{}?per_page={}&page=1", path, kPage), kNeeds));
  Comparison comparison{.status = text_at(first, "status"),
                        .total_commits = int_at(first, "total_commits"),
                        .commits = {},
                        .files = files_from_json(first),
                        .html_url = text_at(first, "html_url")};
  const std::int64_t pages = std::max<std::int64_t>(1, (comparison.total_commits + kPage - 1) / kPage);
  const auto wanted = static_cast<std::int64_t>(std::max<size_t>(options.max_commits, 1));
  const std::int64_t from = std::max<std::int64_t>(1, pages - (wanted + kPage - 1) / kPage);
  for (std::int64_t page = from; page <= pages; ++page) {
    json::value more;
    if (page > 1) {
      TRY(more, client.get(context, fmt::format("{}?per_page={}&page={}", path, kPage, page), kNeeds));
    }
    for (const json::value& item : array_at(page > 1 ? more : first, "commits"))
      comparison.commits.push_back(commit_from_json(item));
  }
  auto& commits = comparison.commits;
  if (commits.size() > options.max_commits)
    commits.erase(commits.begin(), commits.end() - static_cast<std::ptrdiff_t>(options.max_commits));
  comparison.truncated = static_cast<std::int64_t>(commits.size()) < comparison.total_commits;
  if (commits.size() == 1 && comparison.total_commits == 1) {
    commits[0].files = comparison.files;
    return comparison;
  }
  for (size_t i = commits.size(); i-- > 0 && commits.size() - i <= options.commits_with_files;) {
    auto whole = fetch_commit(context, client, repository, commits[i].sha);
    // Which commit touched what sharpens the answer; the comparison stands without it.
    if (!whole) break;
    commits[i].files = std::move(whole->files);
  }
  return comparison;
}

}  // namespace fm::tools::github
