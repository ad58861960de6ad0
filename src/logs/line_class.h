// What one line says of a failure, judged alone: its kind and a weight.
//
// Works on the plain line (no envelope, no colours). Knows levels, compilers' and test tools' forms, exit messages,
// counts ("0 errors" is no error) and words of failure inside paths and identifiers (no error either). Pure.
#pragma once

#include <string_view>

#include "logs/envelope.h"

namespace fm::logs {

enum class LineKind {
  none,       // says nothing
  error,      // an error message
  exception,  // "SomeError: message"
  test,       // a named test failed
  summary,    // counts and verdicts: "3 failed, 40 passed", "BUILD FAILURE"
  exit,       // the bare end: "exit code 1", "make: *** Error 2"
  trace,      // head of a traceback or a frame
  warning,    // a warning or lower level that mentions trouble
};

struct LineClass {
  LineKind kind = LineKind::none;
  int weight = 0;  // 0..100: how likely such a line belongs to what a person must see
};

LineClass classify_line(std::string_view text, Marker marker = Marker::none);

/// Progress, downloads, version control and other routine that no failure is made of.
bool is_routine(std::string_view text);

enum class Level { none, trace, debug, info, warning, error, fatal };
/// The level word at or near the start of a line ("[ERROR] …", "12:00 WARN main …", "error: …").
Level level_of(std::string_view text);

/// ASCII, case ignored; `part` in lower case. find_word: position or npos.
size_t find_word(std::string_view text, std::string_view part);
bool has(std::string_view text, std::string_view lower_case_part);
bool begins(std::string_view text, std::string_view lower_case_part);
std::string_view left_trimmed(std::string_view text);

}  // namespace fm::logs
