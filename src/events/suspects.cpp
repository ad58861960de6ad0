#include "events/suspects.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::events {
namespace {

using tools::github::ChangedFile;
using tools::github::Commit;

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// `name` stands in the text as a whole, not inside a longer word.
bool names(std::string_view text, std::string_view name) {
  for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool left = at == 0 || !is_word(text[at - 1]);
    const bool right = at + name.size() == text.size() || !is_word(text[at + name.size()]);
    if (left && right) return true;
  }
  return false;
}

// `path` stands in the text, alone or below an absolute or relative folder, never as the end of a longer name.
bool names_path(std::string_view text, std::string_view path) {
  for (size_t at = text.find(path); at != std::string_view::npos; at = text.find(path, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const char after = at + path.size() == text.size() ? ' ' : text[at + path.size()];
    if (!is_word(before) && before != '-' && before != '.' && !is_word(after) && after != '/') return true;
  }
  return false;
}

bool is_manifest(std::string_view path) {
  const std::string_view name = base_name(path);
  for (const std::string_view manifest : {"package.json",
                                          "package-lock.json",
                                          "yarn.lock",
                                          "pnpm-lock.yaml",
                                          "requirements.txt",
                                          "pyproject.toml",
                                          "poetry.lock",
                                          "uv.lock",
                                          "Pipfile",
                                          "Pipfile.lock",
                                          "setup.py",
                                          "go.mod",
                                          "go.sum",
                                          "Cargo.toml",
                                          "Cargo.lock",
                                          "pom.xml",
                                          "build.gradle",
                                          "build.gradle.kts",
                                          "Gemfile",
                                          "Gemfile.lock",
                                          "composer.json",
                                          "composer.lock",
                                          "packages.lock.json",
                                          "CMakeLists.txt"}) {
    if (name == manifest) return true;
  }
  return name.ends_with(".csproj") || name.starts_with("requirements");
}

bool is_build_file(std::string_view path) {
  return path.starts_with(".github/") || base_name(path).starts_with("Dockerfile") ||
         base_name(path) == ".gitlab-ci.yml" || base_name(path) == "Jenkinsfile";
}

struct Judged {
  double score = 0;
  std::string why;
  void at_least(double value, std::string reason) {
    if (value > score) {
      score = value;
      why = std::move(reason);
    }
  }
};

// "calc.py:41" or "calc.py", line 41: the evidence's lines of that file that the patch adds.
bool patch_adds_named_text(const ChangedFile& file, std::string_view evidence) {
  for (const std::string_view line : split(file.patch, '\n')) {
    if (!line.starts_with("+") || line.starts_with("+++")) continue;
    const std::string_view added = trim(line.substr(1));
    if (added.size() >= 12 && contains(evidence, added)) return true;
  }
  return false;
}

Judged judge(const Commit& commit, std::string_view evidence, std::string_view category) {
  Judged judged;
  for (const ChangedFile& file : commit.files) {
    const std::string_view name = base_name(file.path);
    const bool whole_path = names_path(evidence, file.path);
    const bool just_name = !whole_path && name.size() >= 5 && names(evidence, name);
    if (whole_path || just_name) {
      const bool in_patch = patch_adds_named_text(file, evidence);
      judged.at_least((whole_path ? 0.75 : 0.6) + (in_patch ? 0.15 : 0),
                      fmt::format("changes {}, which the failing lines {}", file.path, in_patch ? "quote" : "name"));
    } else if (patch_adds_named_text(file, evidence)) {
      judged.at_least(0.55, fmt::format("adds a line to {} that the failing lines quote", file.path));
    }
    if (category == "dependency_install" && is_manifest(file.path))
      judged.at_least(0.65, fmt::format("changes {}", file.path));
    if ((category == "ci_config" || category == "docker_build" || category == "permission_or_secret") &&
        is_build_file(file.path)) {
      judged.at_least(0.65, fmt::format("changes {}", file.path));
    }
    // The module behind a test: test_cart.py, cart.test.ts, CartTest.java for cart.py, cart.ts, Cart.java.
    const std::string_view stem = name.substr(0, name.find('.'));
    if (stem.size() >= 4) {
      for (const std::string& test :
           {fmt::format("test_{}", stem), fmt::format("{}_test", stem), fmt::format("{}.test", stem),
            fmt::format("{}Test", stem), fmt::format("{}_spec", stem)}) {
        if (names(evidence, test)) judged.at_least(0.5, fmt::format("changes {}, which {} tests", file.path, test));
      }
    }
  }
  return judged;
}

}  // namespace

std::vector<Suspect> rank_suspects(const std::vector<Commit>& commits, std::string_view evidence,
                                   std::string_view category) {
  std::vector<Suspect> ranked;
  for (const Commit& commit : commits) {
    Judged judged = judge(commit, evidence, category);
    if (commits.size() == 1) judged.at_least(0.6, "the only commit since the last passing run");
    if (judged.score == 0) judged = {0.1, "is new since the last passing run"};
    const std::string author = commit.author_login.empty() ? commit.author_name : commit.author_login;
    ranked.push_back({commit.sha, author, truncate_utf8(commit.message.substr(0, commit.message.find('\n')), 200),
                      commit.html_url, judged.score, judged.why});
  }
  // Newest first among equals: the last commit is the one that was built.
  std::reverse(ranked.begin(), ranked.end());
  std::stable_sort(ranked.begin(), ranked.end(), [](const Suspect& a, const Suspect& b) { return a.score > b.score; });
  if (ranked.size() > 5) ranked.resize(5);
  return ranked;
}

}  // namespace fm::events
