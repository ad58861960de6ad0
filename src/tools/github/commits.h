// What changed between two commits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/github/client.h"

namespace fm::tools::github {

struct ChangedFile {
  std::string path;
  std::string previous_path;  // when renamed
  std::string status;         // added, removed, modified, renamed, copied, changed
  std::int64_t additions = 0, deletions = 0;
  std::string patch;  // unified diff; empty for binary or large files
};

struct Commit {
  std::string sha;
  std::string message;  // whole
  std::string author_name;
  std::string author_login;  // empty when the mail address belongs to no account
  std::string html_url;
  UnixMs committed_at = 0;
  std::vector<ChangedFile> files;  // only where asked for
};

struct Comparison {
  std::string status;  // ahead, behind, diverged, identical
  std::int64_t total_commits = 0;
  std::vector<Commit> commits;     // oldest first; the newest ones when truncated
  std::vector<ChangedFile> files;  // of the whole range, at most 300
  std::string html_url;
  bool truncated = false;  // more commits than were fetched
};

struct CompareOptions {
  std::size_t max_commits = 100;
  std::size_t commits_with_files = 8;  // the newest so many get their own files, one request each
};

// base...head, both commit hashes (or branch names). Errors of Client; not_found when one of them is gone (a forced
// push): the caller goes on without suspects.
Result<Comparison> fetch_comparison(const Context& context, Client& client, std::string_view repository,
                                    std::string_view base, std::string_view head, const CompareOptions& options = {});
Result<Commit> fetch_commit(const Context& context, Client& client, std::string_view repository, std::string_view sha);

}  // namespace fm::tools::github
