#include "logs/line_class.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "logs/keyword_scanner.h"
#include "logs/mentions.h"

namespace fm::logs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

template <size_t N>
bool begins_any(std::string_view text, const std::array<std::string_view, N>& parts) {
  return std::ranges::any_of(parts, [text](std::string_view part) { return begins(text, part); });
}

/// Groups of phrases that a line holds; found in one pass.
enum Phrases : unsigned { kStrong = 1, kWeak = 2, kExit = 4, kWell = 8, kMidFatal = 16 };

struct PhraseTable {
  std::vector<std::string> words;
  std::vector<unsigned> groups;
  void add(unsigned group, std::initializer_list<const char*> some) {
    for (const char* word : some) {
      words.emplace_back(word);
      groups.push_back(group);
    }
  }
};

const PhraseTable& phrase_table() {
  static const PhraseTable kTable = [] {
    PhraseTable table;
    table.add(kStrong, {"no space left on device",
                        "undefined reference to",
                        "command not found",
                        "permission denied",
                        "segmentation fault",
                        "out of memory",
                        "cannot find symbol",
                        "cannot find module",
                        "connection refused",
                        "could not resolve host",
                        "temporary failure in name resolution",
                        "tls handshake",
                        "i/o timeout",
                        "no such file or directory",
                        "does not exist",
                        "undefined symbol",
                        "unresolved external",
                        "symbol not found",
                        "no tests found",
                        "core dumped",
                        "authentication failed",
                        "access denied",
                        "detected dubious ownership",
                        "unsafe repository",
                        "merge conflict",
                        "would reformat",
                        "is not recognized as",
                        "no matching distribution",
                        "could not find a version",
                        "no module named",
                        "bad gateway",
                        "service unavailable",
                        "went wrong",
                        "code style issues"});
    table.add(kWeak, {"cannot ",   "can't ",       "could not ",       "couldn't ",  "unable to ",  "not found",
                      "denied",    "refused",      "timed out",        "timeout",    "unexpected",  "invalid ",
                      "illegal ",  "missing ",     "mismatch",         "unresolved", "not allowed", "rejected",
                      "aborted",   "killed",       "terminated",       "unhandled",  "uncaught",    "unauthorized",
                      "forbidden", "incompatible", "is not installed", "no such "});
    table.add(kExit, {"process completed with exit code", "exited with code", "exited with exit code",
                      "command failed with exit code", "exit status ", "marked build as failure",
                      "failed with exit code", "job failed: exit", "exited with ", "returned non-zero exit",
                      "failed with code ", "elifecycle", "returned exit code"});
    table.add(kWell, {"code 0", "exited with 0", "status 0"});
    table.add(kMidFatal, {" fatal: "});
    return table;
  }();
  return kTable;
}

unsigned phrases_in(std::string_view text) {
  static const KeywordScanner kScanner(phrase_table().words);
  unsigned found = 0;
  kScanner.scan(text, [&found](int id) {
    found |= phrase_table().groups[static_cast<size_t>(id)];
    return true;
  });
  return found;
}

constexpr std::array<std::string_view, 9> kErrorHeads = {"error:",  "error[",  "error ",   "fatal:",   "fatal ",
                                                         "[error]", "[fatal]", "npm err!", "npm error"};

/// "Process completed with exit code 1" and its kin: the end, not the reason.
bool is_exit(std::string_view t, unsigned phrases) {
  if (begins(t, "make") && has(t, "*** ")) return true;
  return (phrases & kExit) != 0 && (phrases & kWell) == 0;
}

bool is_passing_mark(std::string_view t) {
  return t.starts_with("\xE2\x9C\x93") || t.starts_with("\xE2\x88\x9A") || t.starts_with("\xE2\x9C\x94") ||
         t.starts_with("PASS") || t.starts_with("ok ") || t.starts_with("--- PASS") || t.starts_with("=== RUN") ||
         (t.starts_with("test ") && t.ends_with("... ok"));
}

/// "____ test_name ____" over a failure's report.
bool is_pytest_heading(std::string_view t) {
  return t.size() > 8 && t.starts_with("__") && t.ends_with("__") && t.find(' ') != std::string_view::npos;
}

bool has_failing_mark(std::string_view t) {
  static constexpr std::array<std::string_view, 5> kMarks = {"\xE2\x9C\x97 ", "\xE2\x9C\x96 ", "\xE2\x9C\x95 ",
                                                             "\xE2\x97\x8F ", "\xC3\x97 "};
  return std::ranges::any_of(kMarks, [t](std::string_view mark) { return t.starts_with(mark); });
}

/// A named test that failed, in the words of the common runners.
bool is_test_failure(std::string_view t) {
  if (t.starts_with("--- FAIL") || t.starts_with("FAIL ") || t.starts_with("FAIL\t") || t.starts_with("not ok ") ||
      t.starts_with("FAILED ") || t.starts_with("FAIL: ") || t.starts_with("FAIL  ") || t.starts_with("ERROR: test") ||
      t.starts_with("[  FAILED  ]") || t.starts_with("[FAIL]")) {
    return !has(t, "failed 0") && !has(t, "fail: 0") && !has(t, "fail 0");
  }
  if (t.find("....") != std::string_view::npos && (t.ends_with("Failed") || t.ends_with("FAILED")))
    return true;  // pre-commit, CTest
  if (has_failing_mark(t)) return !has(t, "todo") && t != "\xE2\x97\x8F Console";
  if (t.find("<<< FAIL") != std::string_view::npos || t.find("<<< ERROR") != std::string_view::npos) return true;
  if (t.ends_with(" FAILED") || t.ends_with("... FAILED") || t.ends_with("... FAIL") || t.ends_with(" ... ERROR") ||
      t.ends_with("***Failed") || t.find("***Failed") != std::string_view::npos ||
      t.find("***Exception") != std::string_view::npos || t.find("***Timeout") != std::string_view::npos) {
    return true;
  }
  const size_t failed = t.find("FAILED");  // pytest -v, xdist: "x.py::test FAILED [ 40%]"
  return failed != std::string_view::npos && t.find("::") != std::string_view::npos &&
         t.find("XFAILED") == std::string_view::npos;
}

bool is_verdict(std::string_view t) {
  static constexpr std::array<std::string_view, 12> kVerdicts = {"build fail",
                                                                 "build failure",
                                                                 "test result: failed",
                                                                 "found ",
                                                                 "could not compile",
                                                                 "compilation failed",
                                                                 "compilation error",
                                                                 "tests failed",
                                                                 "there were failing tests",
                                                                 "there are test failures",
                                                                 "test run failed",
                                                                 "execution failed for task"};
  return begins_any(t, kVerdicts) && (!begins(t, "found ") || has(t, " error"));
}

/// "SomeError: …", "pkg.SomeException: …", "error.CodeError(…)" at the start.
bool is_exception(std::string_view t) {
  if (begins(t, "caused by:") || begins(t, "exception in thread") || begins(t, "unhandled exception") ||
      begins(t, "uncaught "))
    return true;
  size_t i = 0;
  while (i < t.size() && (is_word(t[i]) || t[i] == '.' || t[i] == '$' || t[i] == '/' ||
                          (t[i] == ':' && i + 1 < t.size() && t[i + 1] == ':'))) {
    i += t[i] == ':' ? 2 : 1;
  }
  const std::string_view name = t.substr(0, i);
  const bool named = name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning") ||
                     name.ends_with("Failure") || name.ends_with("Exit") || name.ends_with("Interrupt");
  if (!named || name.size() < 6) return false;
  return i == t.size() || t[i] == ':' ||
         (t[i] == ' ' && i + 1 < t.size() && (t[i + 1] == '[' || t[i + 1] == '(' || begins(t.substr(i + 1), "at ")));
}

/// "src/a.c:10:5: error: …", "a.ts(3,4): error TS…", "File.java:[71,65] …", "a.py:3:1: E501 …"
bool is_diagnostic(std::string_view t) {
  for (size_t i = t.find_first_of(":("); i != std::string_view::npos && i < 260; i = t.find_first_of(":(", i + 1)) {
    if (i < 3) continue;
    size_t k = i + 1;
    if (k < t.size() && t[k] == '[') ++k;
    const size_t digits = k;
    while (k < t.size() && is_digit(t[k])) ++k;
    if (k == digits) continue;
    const size_t name_begin = t.find_last_of(" \t'\"(", i - 1);
    const std::string_view file = t.substr(name_begin == std::string_view::npos ? 0 : name_begin + 1,
                                           i - (name_begin == std::string_view::npos ? 0 : name_begin + 1));
    const size_t dot = file.rfind('.');
    if (dot == std::string_view::npos || file.size() - dot > 7 || dot + 1 == file.size() || !is_alpha(file[dot + 1]))
      continue;
    const std::string_view rest = t.substr(k);
    if (has(rest.substr(0, 40), "error") && !has(rest.substr(0, 40), "warning")) return true;
    if (t[digits - 1] == '[' && rest.starts_with(",")) return true;  // javac through Maven
  }
  return false;
}

LineClass by_level(std::string_view text, std::string_view t, Level level, const Mentions& mentions, unsigned phrases);

}  // namespace

LineClass classify_line(std::string_view text, Marker marker) {
  const std::string_view t = left_trimmed(strip_buildkit(text));
  switch (marker) {
    case Marker::error:
      return is_exit(t, phrases_in(t)) ? LineClass{LineKind::exit, 62} : LineClass{LineKind::error, 90};
    case Marker::warning:
    case Marker::notice:
    case Marker::debug:
      return {LineKind::warning, 10};
    case Marker::group:
    case Marker::endgroup:
    case Marker::command:
      return {};
    case Marker::none:
      break;
  }
  if (t.empty()) return {};
  if (text.starts_with("E   ") || text.starts_with("E     ")) return {LineKind::error, 74};
  if (t.starts_with("+ ") || t.starts_with("> git ") || t.starts_with("$ ") || is_passing_mark(t)) return {};
  if (begins(t, "finished: ")) return {LineKind::summary, 20};
  if (is_pytest_heading(t)) return {LineKind::test, 50};

  const Level level = level_of(t);
  const unsigned phrases = phrases_in(t);
  const Mentions mentions = mentions_of(t);
  if (level == Level::trace || level == Level::debug) return {};
  if (level != Level::info && level != Level::warning) {
    if (begins(t, "traceback (most recent") || begins(t, "panic: ") || begins(t, "fatal error:") ||
        has(t, "' panicked at") || has(t, ") panicked at") || has(t, "addresssanitizer") || has(t, "threadsanitizer") ||
        has(t, "undefinedbehaviorsanitizer") || has(t, "leaksanitizer") || has(t, ": runtime error: ")) {
      return {LineKind::trace, 84};
    }
    if (t.starts_with("at ") && text.size() > t.size()) return {LineKind::trace, 40};
    if (t.starts_with("> Task ") && t.ends_with(" FAILED")) return {LineKind::summary, 58};
    if (begins(t, "execution failed for task")) return {LineKind::error, 72};
    if (is_test_failure(t)) return {LineKind::test, 80};
    if (is_exit(t, phrases)) return {LineKind::exit, 55};
    if (is_verdict(t)) return {LineKind::summary, 60};
  }
  return by_level(text, t, level, mentions, phrases);
}

namespace {

/// "… error: …" or "… TypeError: …" near the start; not "allow_error: bool".
bool says_error(std::string_view t) {
  const size_t at = find_word(t.substr(0, 130), "error: ");
  if (at == std::string_view::npos) return false;
  return at == 0 || !is_word(t[at - 1]) || (t[at] == 'E' && is_alpha(t[at - 1]));
}

LineClass by_level(std::string_view text, std::string_view t, Level level, const Mentions& mentions, unsigned phrases) {
  const bool all_zero = mentions.zero > 0 && mentions.counted == 0 && mentions.bare == 0;
  if (level == Level::info || level == Level::warning) {
    const size_t close = t.find(']');
    const std::string_view body =
        t.starts_with('[') && close != std::string_view::npos ? left_trimmed(t.substr(close + 1)) : t;
    if (body.starts_with("BUILD FAIL")) return {LineKind::summary, 25};
    if (has(body, " failure [")) return {LineKind::summary, 25};
    if (level == Level::info) return {};
    if ((phrases & kStrong) != 0) return {LineKind::warning, 40};
    return {LineKind::warning, mentions.bare + mentions.counted > 0 ? 25 : 10};
  }
  if (all_zero) return {};
  if (is_diagnostic(t)) return {LineKind::error, 86};
  if (level == Level::fatal) return {LineKind::error, 86};
  if (has(t, "compilation error :") || has(t, "compilation error:")) return {LineKind::summary, 50};
  if (t.starts_with("[ERROR]")) return {LineKind::error, t.size() < 12 ? 60 : 78};
  if (level == Level::error || begins_any(t, kErrorHeads))
    return {LineKind::error, mentions.counted > 0 && t.size() < 30 ? 60 : 76};
  if (is_exception(t)) return {LineKind::exception, begins(t, "caused by") ? 72 : 68};
  if (says_error(t)) return {LineKind::error, 70};
  if (mentions.counted > 0) return {LineKind::summary, 62};
  if ((phrases & kStrong) != 0) return {LineKind::error, 64};
  if ((phrases & kMidFatal) != 0) return {LineKind::error, 66};
  const bool prose = text.size() > 400;
  if (mentions.bare > 0) return {LineKind::error, prose ? 25 : 42};
  if ((phrases & kWeak) != 0) return {LineKind::error, prose ? 15 : 34};
  return {};
}

}  // namespace
}  // namespace fm::logs
