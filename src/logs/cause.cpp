#include "logs/cause.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "logs/line_class.h"

namespace fm::logs {
namespace {

constexpr int kSpecific = 30;  // priority from which a rule of no category still tells more than its words
constexpr size_t kNear = 40;   // lines around a match in which all_of must be found

/// How much a rule's match on a line explains the failure: 0..~130.
struct Candidate {
  size_t rule = 0;
  size_t line = 0;
  double score = 0;
};

const FailureBlock* block_at(const FailureBlocks& failure, size_t line) {
  for (const FailureBlock& block : failure.blocks) {
    if (line >= block.start && line <= block.end) return &block;
  }
  return nullptr;
}

double place_of(const FailureBlocks& failure, const Evidence& evidence, size_t line, bool known) {
  double score = 0;
  if (const FailureBlock* block = block_at(failure, line)) {
    score += 18 + std::min(20.0, (block->score - 55) * 0.4);
    if (block == &failure.blocks[failure.decisive]) score += 6;
  } else if (failure.end_of_failure != 0 && line > failure.end_of_failure) {
    score -= 20;
  }
  if (failure.step && line >= failure.step->start && line <= failure.step->end) score += 12;
  if (evidence.compared && known) score -= 45;
  return score;
}

bool holds_all(LogView& log, const RuleSet& rules, size_t rule, size_t line) {
  const size_t from = line > kNear ? line - kNear : 1;
  const size_t to = std::min(log.size(), line + kNear);
  for (size_t i = 0; i < rules.rule(rule).all_of.size(); ++i) {
    bool found = false;
    for (size_t n = from; n <= to && !found; ++n) found = rules.matches_all_of(rule, i, log.plain(n));
    if (!found) return false;
  }
  return true;
}

std::optional<Candidate> best_rule(LogView& log, const Evidence& evidence, const FailureBlocks& failure,
                                   const RuleSet& rules) {
  std::vector<Candidate> candidates;
  for (const RuleHit& hit : evidence.rules) {
    const bool known = evidence.compared && !std::ranges::binary_search(evidence.fresh, hit.line);
    candidates.push_back(
        {hit.rule, hit.line, rules.rule(hit.rule).priority + place_of(failure, evidence, hit.line, known)});
  }
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    return std::tie(b.score, a.line, a.rule) < std::tie(a.score, b.line, b.rule);
  });
  for (size_t i = 0; i < candidates.size() && i < 2000; ++i) {
    if (rules.rule(candidates[i].rule).all_of.empty() || holds_all(log, rules, candidates[i].rule, candidates[i].line))
      return candidates[i];
  }
  return std::nullopt;
}

/// Words that tell the kind of failure where no rule does.
struct Tell {
  std::string_view category;
  int weight;
  std::string_view words;  // lower case
};
constexpr std::array<Tell, 62> kTells = {{
    {"disk_full", 9, "no space left on device"},
    {"disk_full", 8, "disk quota exceeded"},
    {"disk_full", 7, "disk full"},
    {"timeout_or_oom", 8, "out of memory"},
    {"timeout_or_oom", 8, "outofmemory"},
    {"timeout_or_oom", 8, "heap out of memory"},
    {"timeout_or_oom", 8, "oomkilled"},
    {"timeout_or_oom", 6, "exit code 137"},
    {"timeout_or_oom", 6, "timed out"},
    {"timeout_or_oom", 5, "timeout"},
    {"timeout_or_oom", 8, "exceeded the maximum execution time"},
    {"network_or_flaky", 7, "connection refused"},
    {"network_or_flaky", 7, "connection reset"},
    {"network_or_flaky", 7, "could not resolve host"},
    {"network_or_flaky", 7, "name resolution"},
    {"network_or_flaky", 6, "service unavailable"},
    {"network_or_flaky", 6, "bad gateway"},
    {"network_or_flaky", 6, "returned error: 50"},
    {"network_or_flaky", 6, "tls handshake"},
    {"network_or_flaky", 6, "max retries exceeded"},
    {"network_or_flaky", 6, "econnreset"},
    {"network_or_flaky", 6, "unable to access 'http"},
    {"network_or_flaky", 5, "too many requests"},
    {"permission_or_secret", 7, "permission denied"},
    {"permission_or_secret", 7, "access denied"},
    {"permission_or_secret", 7, "authentication failed"},
    {"permission_or_secret", 6, "unauthorized"},
    {"permission_or_secret", 6, "forbidden"},
    {"permission_or_secret", 8, "dubious ownership"},
    {"permission_or_secret", 8, "unsafe repository"},
    {"permission_or_secret", 6, "bad credentials"},
    {"permission_or_secret", 5, "resource not accessible"},
    {"docker_build", 5, "failed to solve"},
    {"docker_build", 5, "dockerfile"},
    {"docker_build", 5, "docker build"},
    {"dependency_install", 6, "no matching distribution"},
    {"dependency_install", 6, "could not resolve dependencies"},
    {"dependency_install", 6, "eresolve"},
    {"dependency_install", 6, "no module named"},
    {"dependency_install", 6, "cannot find module"},
    {"dependency_install", 5, "could not find artifact"},
    {"dependency_install", 5, "could not be resolved"},
    {"dependency_install", 5, "err_pnpm"},
    {"dependency_install", 5, "unable to locate package"},
    {"type_error", 6, "error ts"},
    {"type_error", 5, "[attr-defined]"},
    {"type_error", 4, "incompatible type"},
    {"type_error", 4, "mypy"},
    {"lint_error", 6, "eslint"},
    {"lint_error", 6, "prettier"},
    {"lint_error", 6, "checkstyle"},
    {"lint_error", 6, "would reformat"},
    {"lint_error", 5, "rubocop"},
    {"lint_error", 5, "clippy"},
    {"lint_error", 5, "code style"},
    {"snapshot_diff", 6, "snapshot"},
    {"compile_error", 6, "compilation"},
    {"compile_error", 5, "cannot find symbol"},
    {"compile_error", 5, "could not compile"},
    {"compile_error", 5, "undefined reference"},
    {"test_assertion", 5, "assert"},
    {"ci_config", 5, "workflow"},
}};

struct Guess {
  std::string category = "unknown";
  double confidence = 0.15;
};

Guess guess_category(LogView& log, const FailureBlocks& failure, const std::vector<std::string>& failing_tests) {
  std::map<std::string_view, double> votes;
  size_t seen = 0;
  for (size_t b = 0; b < failure.blocks.size(); ++b) {
    const FailureBlock& block = failure.blocks[b];
    const double share = b == failure.decisive ? 1.0 : 0.5;
    if (block.kind == LineKind::test) votes["test_assertion"] += 3 * share;
    for (size_t n = block.start; n <= block.end && seen < 4000; ++n, ++seen) {
      const std::string text = to_lower(log.plain(n).substr(0, 2000));
      for (const Tell& tell : kTells) {
        if (text.find(tell.words) == std::string::npos) continue;
        double& vote = votes[tell.category];
        vote = std::max(vote, tell.weight * share) + 0.05;
      }
      if (text.find("error:") != std::string::npos && text.find(": error:") != std::string::npos)
        votes["compile_error"] = std::max(votes["compile_error"], 4.5 * share);
    }
  }
  if (!failing_tests.empty()) votes["test_assertion"] += 4.5;
  Guess guess;
  double best = 0;
  double total = 0;
  for (const auto& [category, vote] : votes) {
    total += vote;
    if (vote > best) {
      best = vote;
      guess.category = std::string(category);
    }
  }
  if (best > 0) guess.confidence = std::min(0.6, 0.2 + 0.35 * best / std::max(total, 1.0) + 0.01 * best);
  return guess;
}

std::string sentence_from(std::string_view line) {
  std::string_view text = trim(line);
  for (const std::string_view head : {"[ERROR]", "ERROR:", "Error:", "error:", "E  "}) {
    if (text.starts_with(head)) text = trim(text.substr(head.size()));
  }
  return truncate_utf8(clean_utf8(text), 300);
}

std::string generic_summary(LogView& log, const FailureBlocks& failure, const std::string& category,
                            const std::vector<std::string>& failing_tests) {
  if (failure.blocks.empty()) return "The log ends without a line that says why it failed.";
  const FailureBlock& block = failure.blocks[failure.decisive];
  std::string said = sentence_from(log.plain(block.key_line));
  if (said.empty()) said = fmt::format("The failure is at line {}, which holds no words.", block.key_line);
  if (!failing_tests.empty() && category == "test_assertion") {
    const std::string others =
        failing_tests.size() > 1 ? fmt::format(" and {} more", failing_tests.size() - 1) : std::string();
    return fmt::format("Test {}{} failed: {}", failing_tests.front(), others, said);
  }
  return said;
}

/// A path below the job's own checkout, without the checkout: "/home/runner/work/shop/shop/src/a.py" → "src/a.py".
std::string_view in_checkout(std::string_view path) {
  struct Root {
    std::string_view head;
    int folders;  // of the checkout's own below it
  };
  for (const Root root : {Root{"/home/runner/work/", 2},
                          {"/Users/runner/work/", 2},
                          {"/__w/", 2},
                          {"/github/workspace/", 0},
                          {"/builds/workspace/", 1},
                          {"/builds/", 2},
                          {"/var/lib/jenkins/workspace/", 1},
                          {"/home/circleci/project/", 0},
                          {"/home/travis/build/", 2}}) {
    if (!path.starts_with(root.head)) continue;
    size_t at = root.head.size();
    for (int i = 0; i < root.folders && at != std::string_view::npos && at != 0; ++i) at = path.find('/', at) + 1;
    return at == 0 || at >= path.size() ? path : path.substr(at);
  }
  return path;
}

/// The failing test belongs into the sentence, where the rule could not know it.
void name_the_test(Cause& cause, const std::vector<std::string>& failing_tests) {
  if (failing_tests.empty() || (cause.category != "test_assertion" && cause.category != "snapshot_diff")) return;
  const std::string& test = failing_tests.front();
  const size_t last = test.find_last_of(": >.");
  const std::string_view short_name =
      last == std::string::npos ? std::string_view(test) : std::string_view(test).substr(last + 1);
  if (short_name.empty() || cause.summary.find(short_name) != std::string::npos) return;
  if (cause.summary.ends_with('.')) cause.summary.pop_back();
  const std::string others =
      failing_tests.size() > 1 ? fmt::format(" and {} more", failing_tests.size() - 1) : std::string();
  cause.summary += fmt::format(" (test {}{}).", truncate_utf8(test, 160), others);
}

}  // namespace

Diagnosis diagnose(LogView& log, const Evidence& evidence, const FailureBlocks& failure, const RuleSet& rules,
                   const std::vector<std::string>& failing_tests) {
  Diagnosis diagnosis;
  const auto best = best_rule(log, evidence, failure, rules);
  const Guess guess = guess_category(log, failure, failing_tests);
  // A rule of no category ("exit code 1") says less than the words around it do.
  const bool names_kind =
      best && (rules.rule(best->rule).category != "unknown" || rules.rule(best->rule).priority >= kSpecific);
  if (best && (names_kind || guess.category == "unknown")) {
    const RuleSource& rule = rules.rule(best->rule);
    Captures captures = rules.captures(best->rule, log.plain(best->line));
    if (captures.empty()) captures = rules.captures(best->rule, log.peeled(best->line).marked);
    for (auto& [name, held] : captures) held = std::string(in_checkout(held));
    diagnosis.key_line = best->line;
    diagnosis.cause.category = rule.category;
    diagnosis.cause.rule = rule.id;
    diagnosis.cause.summary = truncate_utf8(clean_utf8(fill_captures(rule.cause, captures)), 400);
    diagnosis.cause.confidence = std::clamp(0.25 + best->score / 200.0, 0.2, 0.95);
    Fix fix;
    fix.summary = fill_captures(rule.fix, captures);
    for (const std::string& step : rule.steps) fix.steps.push_back(fill_captures(step, captures));
    if (!fix.summary.empty()) diagnosis.fix = std::move(fix);
    name_the_test(diagnosis.cause, failing_tests);
    return diagnosis;
  }
  diagnosis.cause.category = guess.category;
  diagnosis.cause.confidence = guess.confidence;
  diagnosis.cause.summary = generic_summary(log, failure, guess.category, failing_tests);
  if (!failure.blocks.empty()) diagnosis.key_line = failure.blocks[failure.decisive].key_line;
  return diagnosis;
}

}  // namespace fm::logs
