// The library of known failures: "a line like this means that, and this mends it".
//
// Rules are data (YAML under data/rules, one list `rules` a file). A rule wins on a line when one of `match` is
// found in it, no `none_of` is, and each `all_of` is found on some line within 40 lines. Expressions are RE2,
// searched (not anchored) in the line without colours, timestamps and CI markers. Named groups are captures:
// `{name}` in cause, fix and steps stands for what the group matched.
//
// Matching costs one pass of a literal automaton per line; expressions run only where all their literals occur.
// A RuleSet is immutable once built and safe to share between threads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace fm::logs {

/// A rule as written.
struct RuleSource {
  std::string id;        // kebab-case, unique
  std::string category;  // see is_category
  std::string tool;
  std::vector<std::string> match;
  std::vector<std::string> all_of;
  std::vector<std::string> none_of;
  int priority = 50;  // 0..100: how much this is a cause rather than a symptom
  std::string cause;
  std::string fix;
  std::vector<std::string> steps;
  std::vector<std::string> matches;      // excerpts that this rule must win; its tests
  std::vector<std::string> near_misses;  // excerpts that it must not match
  std::string file;                      // where it came from, for messages
};

/// One of compile_error, type_error, lint_error, test_assertion, snapshot_diff, dependency_install, docker_build,
/// ci_config, permission_or_secret, network_or_flaky, timeout_or_oom, disk_full, infrastructure, unknown.
bool is_category(std::string_view name);
std::span<const std::string_view> categories();

/// YAML text to rules. Error (invalid) names file, rule and field. `file` is only for messages.
Result<std::vector<RuleSource>> parse_rules(std::string_view yaml, std::string_view file = "rules");

using Captures = std::map<std::string, std::string, std::less<>>;

/// `text` with each {name} replaced by its capture; one that is unknown or empty vanishes with a blank beside it.
std::string fill_captures(std::string_view text, const Captures& captures);

class RuleSet {
 public:
  /// Error (invalid): an expression that does not compile, a duplicate id, an unknown category or capture name.
  static Result<RuleSet> build(std::vector<RuleSource> sources);

  RuleSet();  // no rules
  ~RuleSet();
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;

  size_t size() const;
  const RuleSource& rule(size_t i) const;

  /// What one pass over a line tells. `literals` is sorted. One is reused for all lines of an
  /// analysis (it remembers), with one RuleSet.
  struct Scan {
    std::vector<int> literals;  // of rules' expressions
    bool signal = false;        // holds a word of failure ("error", "panicked", "Traceback", …)
    std::unordered_map<std::uint64_t, std::vector<int>>
        expressions_by_literals;  // what lines with the same literals may match
  };
  void scan(std::string_view line, Scan& result) const;
  /// Indices (ascending) of the rules that win on this line, all_of apart. `scan` is of this line.
  void match_line(std::string_view line, Scan& scan, std::vector<size_t>& matched) const;
  /// Whether expression `i` of rule `r`'s all_of is found in the line.
  bool matches_all_of(size_t r, size_t i, std::string_view line) const;
  /// What the named groups of the first expression of rule `r` that matches hold.
  Captures captures(size_t r, std::string_view line) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace fm::logs
