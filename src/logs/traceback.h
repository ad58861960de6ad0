// Finds how far a traceback reaches, from any line inside its first frames.
//
// One small automaton a family: Python (with chained causes and groups), "at" frames (Java, Kotlin, .NET, Node), Go
// panics, Rust panics, sanitizer and gdb frames ("#0 …"), Ruby. Interleaved lines of other threads end a traceback.
// Pure; a traceback is walked once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "logs/log_view.h"

namespace fm::logs {

struct Traceback {
  size_t start = 0;  // 1-based, inclusive; its first line is the message where the family puts it first
  size_t end = 0;
  std::string language;   // "Python", "Java", …
  std::string exception;  // the last (root) exception's line: "KeyError: 'x'"
  size_t exception_line = 0;
  std::vector<std::string> frames;  // up to 3 innermost in-app places, masked: "app/models.py in save"
};

/// The traceback that line `number` begins or belongs to. `not_before`: lines up to it are taken already.
std::optional<Traceback> traceback_at(LogView& log, size_t number, size_t not_before);

}  // namespace fm::logs
