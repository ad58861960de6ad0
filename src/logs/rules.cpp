#include "logs/rules.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include "base/hash.h"
#include "logs/keyword_scanner.h"

namespace fm::logs {
namespace {

constexpr std::array<std::string_view, 14> kCategories = {
    "compile_error",  "type_error", "lint_error",           "test_assertion",   "snapshot_diff",  "dependency_install",
    "docker_build",   "ci_config",  "permission_or_secret", "network_or_flaky", "timeout_or_oom", "disk_full",
    "infrastructure", "unknown"};

/// Words that a line of failure has at least one of. Cheap to be generous here: classify_line has the last word.
const std::vector<std::string>& signal_words() {
  static const std::vector<std::string> kWords = {"error",
                                                  "fail",
                                                  "fatal",
                                                  "exception",
                                                  "traceback",
                                                  "panic",
                                                  "abort",
                                                  "segmentation",
                                                  "segfault",
                                                  "core dumped",
                                                  "killed",
                                                  "denied",
                                                  "unauthorized",
                                                  "forbidden",
                                                  "not found",
                                                  "no such",
                                                  "cannot",
                                                  "can't",
                                                  "could not",
                                                  "couldn't",
                                                  "unable to",
                                                  "undefined",
                                                  "unresolved",
                                                  "unexpected",
                                                  "expected",
                                                  "invalid",
                                                  "illegal",
                                                  "missing",
                                                  "mismatch",
                                                  "timed out",
                                                  "timeout",
                                                  "out of memory",
                                                  "oomkilled",
                                                  "no space left",
                                                  "refused",
                                                  "unreachable",
                                                  "broken",
                                                  "conflict",
                                                  "exit code",
                                                  "exit status",
                                                  "exited with",
                                                  "returned non-zero",
                                                  "status code",
                                                  "caused by",
                                                  "npm err",
                                                  "assert",
                                                  "##[",
                                                  "::error",
                                                  "section_",
                                                  "travis_fold",
                                                  "marked build as",
                                                  "violation",
                                                  "vulnerab",
                                                  "goroutine",
                                                  "sigsegv",
                                                  "sigkill",
                                                  "sigterm",
                                                  "sigabrt",
                                                  "terminated",
                                                  "does not exist",
                                                  "doesn't exist",
                                                  "is not installed",
                                                  "not recognized",
                                                  "no module",
                                                  "unsupported",
                                                  "incompatible",
                                                  "must be",
                                                  "would reformat",
                                                  "code style",
                                                  "dubious ownership",
                                                  "\tat ",
                                                  "    at ",
                                                  "\xE2\x97\x8F ",
                                                  "\xE2\x9C\x97",
                                                  "\xE2\x9C\x96",
                                                  "\xE2\x9C\x95",
                                                  "\xC3\x97 ",
                                                  "not ok",
                                                  "unsafe",
                                                  "rejected",
                                                  "went wrong",
                                                  "aborted",
                                                  "crash",
                                                  "deadlock",
                                                  "data race",
                                                  "leak",
                                                  "unhandled",
                                                  "uncaught",
                                                  "no tests",
                                                  "obsolete",
                                                  "snapshot",
                                                  "problem",
                                                  "make: ***",
                                                  "bad ",
                                                  "corrupt"};
  return kWords;
}

}  // namespace

bool is_category(std::string_view name) { return std::ranges::find(kCategories, name) != kCategories.end(); }
std::span<const std::string_view> categories() { return kCategories; }

namespace {

/// Calls each(text, is_name) for the texts between names and for the names in braces.
template <class Each>
void for_parts(std::string_view text, Each&& each) {
  constexpr std::string_view kNameChars = "abcdefghijklmnopqrstuvwxyz0123456789_";
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') continue;
    const size_t close = text.find('}', i);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(i + 1, close - i - 1);
    if (name.empty() || name.find_first_not_of(kNameChars) != std::string_view::npos) continue;
    each(text.substr(from, i - from), false);
    each(name, true);
    from = close + 1;
    i = close;
  }
  each(text.substr(from), false);
}

}  // namespace

std::string fill_captures(std::string_view text, const Captures& captures) {
  std::string filled;
  bool vanished = false;
  for_parts(text, [&](std::string_view part, bool is_name) {
    if (!is_name) {
      if (vanished && part.starts_with(' ') && (filled.empty() || filled.back() == ' ')) part.remove_prefix(1);
      filled += part;
      vanished = false;
      return;
    }
    const auto found = captures.find(part);
    vanished = found == captures.end() || found->second.empty();
    if (!vanished) filled += found->second;
  });
  while (!filled.empty() && filled.back() == ' ') filled.pop_back();
  return filled;
}

struct RuleSet::Parts {
  std::vector<RuleSource> sources;
  re2::FilteredRE2 filter{3};
  std::vector<size_t> rule_of;  // by id of an expression in `filter`
  std::vector<std::vector<std::unique_ptr<RE2>>> all_of, none_of;
  std::unique_ptr<KeywordScanner> scanner;
};

namespace {

RE2::Options expression_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  return options;
}

/// RE2 writes a code point \x{2716}; \u2716 is accepted too.
std::string in_re2_syntax(std::string_view pattern) {
  std::string written;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool code_point =
        pattern[i] == '\\' && i + 5 < pattern.size() && pattern[i + 1] == 'u' &&
        pattern.substr(i + 2, 4).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (code_point) {
      written += fmt::format("\\x{{{}}}", pattern.substr(i + 2, 4));
      i += 5;
    } else {
      written += pattern[i];
      if (pattern[i] == '\\' && i + 1 < pattern.size()) written += pattern[++i];
    }
  }
  return written;
}

std::string where(const RuleSource& rule, std::string_view field) {
  return fmt::format("{}: rule '{}', {}", rule.file.empty() ? "rules" : rule.file, rule.id, field);
}

Result<std::vector<std::unique_ptr<RE2>>> compile(const RuleSource& rule, std::string_view field,
                                                  const std::vector<std::string>& patterns) {
  std::vector<std::unique_ptr<RE2>> compiled;
  for (const std::string& pattern : patterns) {
    compiled.push_back(std::make_unique<RE2>(in_re2_syntax(pattern), expression_options()));
    if (!compiled.back()->ok())
      return fail(Code::invalid, fmt::format("{}: {}", where(rule, field), compiled.back()->error()));
  }
  return compiled;
}

/// Every {name} in the rule's texts must be a named group of one of its expressions.
Result<void> check_captures(const RuleSource& rule, const std::set<std::string, std::less<>>& names) {
  std::vector<std::string_view> texts = {rule.cause, rule.fix};
  texts.insert(texts.end(), rule.steps.begin(), rule.steps.end());
  for (const std::string_view text : texts) {
    std::string_view unknown;
    for_parts(text, [&](std::string_view part, bool is_name) {
      if (is_name && !names.contains(part)) unknown = part;
    });
    if (unknown.empty()) continue;
    return fail(Code::invalid,
                fmt::format("{}: {{{}}} is no named group of match", where(rule, "cause, fix or steps"), unknown));
  }
  return {};
}

}  // namespace

RuleSet::RuleSet() {
  auto parts = std::make_unique<Parts>();
  parts->scanner = std::make_unique<KeywordScanner>(signal_words());
  parts_ = std::move(parts);
}
RuleSet::~RuleSet() = default;
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;

Result<RuleSet> RuleSet::build(std::vector<RuleSource> sources) {
  auto parts = std::make_unique<Parts>();
  std::set<std::string_view> ids;
  for (size_t r = 0; r < sources.size(); ++r) {
    const RuleSource& rule = sources[r];
    if (!ids.insert(rule.id).second) return fail(Code::invalid, where(rule, "id") + ": used by an earlier rule");
    if (!is_category(rule.category))
      return fail(Code::invalid, fmt::format("{}: '{}' is no category", where(rule, "category"), rule.category));
    std::set<std::string, std::less<>> names;
    for (const std::string& pattern : rule.match) {
      int id = 0;
      if (parts->filter.Add(in_re2_syntax(pattern), expression_options(), &id) != RE2::NoError) {
        return fail(Code::invalid, fmt::format("{}: {}", where(rule, "match"),
                                               RE2(in_re2_syntax(pattern), expression_options()).error()));
      }
      parts->rule_of.push_back(r);
      for (const auto& [name, group] : parts->filter.GetRE2(id).NamedCapturingGroups()) names.insert(name);
    }
    TRY(auto all_of, compile(rule, "all_of", rule.all_of));
    TRY(auto none_of, compile(rule, "none_of", rule.none_of));
    parts->all_of.push_back(std::move(all_of));
    parts->none_of.push_back(std::move(none_of));
    TRY_VOID(check_captures(rule, names));
  }
  std::vector<std::string> literals;
  parts->filter.Compile(&literals);
  std::vector<int> unfiltered;
  if (!parts->rule_of.empty()) parts->filter.AllPotentials({}, &unfiltered);
  for (const int id : unfiltered) {
    const RuleSource& rule = sources[parts->rule_of[static_cast<size_t>(id)]];
    return fail(Code::invalid, fmt::format("{}: \"{}\" holds no fixed text of 3 characters that every match has",
                                           where(rule, "match"), parts->filter.GetRE2(id).pattern()));
  }
  parts->scanner = std::make_unique<KeywordScanner>(signal_words(), literals);
  parts->sources = std::move(sources);
  RuleSet built;
  built.parts_ = std::move(parts);
  return built;
}

size_t RuleSet::size() const { return parts_->sources.size(); }
const RuleSource& RuleSet::rule(size_t i) const { return parts_->sources[i]; }

void RuleSet::scan(std::string_view line, Scan& result) const {
  result.literals.clear();
  result.signal = false;
  const int words = static_cast<int>(signal_words().size());
  parts_->scanner->scan(line, [&](int id) {
    if (id < words) {
      result.signal = true;
    } else {
      result.literals.push_back(id - words);
    }
    return true;
  });
  if (result.literals.size() > 1) {
    std::ranges::sort(result.literals);
    result.literals.erase(std::unique(result.literals.begin(), result.literals.end()), result.literals.end());
  }
}

void RuleSet::match_line(std::string_view line, Scan& scan, std::vector<size_t>& matched) const {
  matched.clear();
  if (scan.literals.empty()) return;
  const auto key = hash64({reinterpret_cast<const char*>(scan.literals.data()), scan.literals.size() * sizeof(int)});
  const auto [possible, added] = scan.expressions_by_literals.try_emplace(key);
  if (added) parts_->filter.AllPotentials(scan.literals, &possible->second);
  const re2::StringPiece text(line.data(), line.size());
  for (const int id : possible->second) {
    if (RE2::PartialMatch(text, parts_->filter.GetRE2(id))) matched.push_back(parts_->rule_of[static_cast<size_t>(id)]);
  }
  if (matched.empty()) return;
  std::ranges::sort(matched);
  matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
  std::erase_if(matched, [&](size_t r) {
    return std::ranges::any_of(parts_->none_of[r], [&](const auto& veto) { return RE2::PartialMatch(text, *veto); });
  });
}

bool RuleSet::matches_all_of(size_t r, size_t i, std::string_view line) const {
  return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *parts_->all_of[r][i]);
}

Captures RuleSet::captures(size_t r, std::string_view line) const {
  const re2::StringPiece text(line.data(), line.size());
  for (size_t id = 0; id < parts_->rule_of.size(); ++id) {
    if (parts_->rule_of[id] != r) continue;
    const RE2& expression = parts_->filter.GetRE2(static_cast<int>(id));
    std::vector<re2::StringPiece> groups(static_cast<size_t>(expression.NumberOfCapturingGroups()) + 1);
    if (!expression.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
      continue;
    Captures captures;
    for (const auto& [name, group] : expression.NamedCapturingGroups()) {
      const re2::StringPiece& held = groups[static_cast<size_t>(group)];
      captures[name] = std::string(held.data() == nullptr ? "" : std::string_view(held.data(), held.size()));
    }
    return captures;
  }
  return {};
}

}  // namespace fm::logs
