#include "logs/traceback.h"

#include <algorithm>

#include "logs/line_class.h"
#include "logs/mask.h"

namespace fm::logs {
namespace {

constexpr size_t kMaxFrames = 3;
constexpr size_t kHeadSearch = 8;  // lines above the first frame that may hold the message

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t indent_of(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t");
  return at == std::string_view::npos ? text.size() : at;
}

bool is_library(std::string_view place) {
  static constexpr std::string_view kLibraries[] = {
      "site-packages",   "dist-packages", "/lib/python", "node_modules", "node:",      "internal/",
      "java.",           "javax.",        "jdk.",        "sun.",         "org.junit",  "org.apache.maven",
      "org.gradle",      "hudson.",       "jenkins.",    "System.",      "Microsoft.", "/rustc/",
      ".cargo/registry", "core::",        "std::",       "runtime/",     "testing.",   "/usr/",
      "kotlin.",         "org.codehaus",  "com.sun.",    "reflect.",     "<frozen",    "org.mockito"};
  return std::ranges::any_of(kLibraries,
                             [place](std::string_view part) { return place.find(part) != std::string_view::npos; });
}

Traceback started(size_t number, std::string language, std::string_view exception) {
  Traceback found;
  found.start = found.end = found.exception_line = number;
  found.language = std::move(language);
  found.exception = std::string(exception);
  return found;
}

void keep_frame(Traceback& found, std::string_view place) {
  if (found.frames.size() < kMaxFrames && !is_library(place)) found.frames.push_back(mask_line(place));
}

// --- Python ------------------------------------------------------------------------------------------------------

bool is_python_head(std::string_view t) {
  return t.find("Traceback (most recent call last)") != std::string_view::npos;
}

/// Where Python's own text begins: pytest and loggers put columns before it.
size_t python_column(std::string_view text) {
  const size_t at = text.find("Traceback (most recent call last)");
  return at == std::string_view::npos ? 0 : at;
}

std::string_view column(std::string_view text, size_t from) {
  return text.size() > from ? text.substr(from) : std::string_view{};
}

std::optional<Traceback> python(LogView& log, size_t number) {
  if (!is_python_head(log.plain(number))) return std::nullopt;
  Traceback found = started(number, "Python", {});
  size_t at = number;
  while (true) {
    const size_t from = python_column(log.plain(at));
    std::vector<std::string> places;
    ++at;
    for (; at <= log.size(); ++at) {  // frames: indented below the head
      const std::string_view text = column(log.plain(at), from);
      if (indent_of(text) < 2 || text.empty()) break;
      const std::string_view t = left_trimmed(text);
      if (t.starts_with("File \"")) places.emplace_back(t.substr(0, 300));
    }
    if (at > log.size()) break;
    const std::string_view last = column(log.plain(at), from);
    if (last.empty() || indent_of(last) > 0) {
      found.end = at - 1;
      break;
    }
    found.exception = std::string(last.substr(0, 400));
    found.exception_line = at;
    found.end = at;
    found.frames.clear();
    for (auto place = places.rbegin(); place != places.rend(); ++place) keep_frame(found, *place);
    // A message may go on, indented or not, until a blank line; only indented lines are sure to be its own.
    while (at + 1 <= log.size() && indent_of(column(log.plain(at + 1), from)) > 0 &&
           !column(log.plain(at + 1), from).empty() && found.end - at < 20) {
      found.end = ++at;
    }
    // "During handling of …" / "The above exception was …": the next one belongs to it.
    size_t next = at + 1;
    while (next <= log.size() && next <= at + 2 && left_trimmed(log.plain(next)).empty()) ++next;
    const std::string_view joint = left_trimmed(log.plain(next));
    if (joint.find("During handling of the above exception") == std::string_view::npos &&
        joint.find("The above exception was the direct cause") == std::string_view::npos) {
      break;
    }
    size_t head = next + 1;
    while (head <= log.size() && head <= next + 2 && left_trimmed(log.plain(head)).empty()) ++head;
    if (!is_python_head(log.plain(head))) {
      found.end = next;
      break;
    }
    at = head;
    found.end = head;
  }
  return found;
}

// --- "at" frames: Java, Kotlin, .NET, Node -----------------------------------------------------------------------

bool is_at_frame(std::string_view text) {
  const std::string_view t = left_trimmed(text);
  if (!t.starts_with("at ") || t.size() == text.size() || t.size() < 6) return false;
  return t.find('(') != std::string_view::npos || t.find(':') != std::string_view::npos ||
         t.find(" in ") != std::string_view::npos || t.starts_with("at async ") ||
         t.find('.') != std::string_view::npos;
}

bool is_cause_line(std::string_view t) {
  return t.starts_with("Caused by:") || t.starts_with("Caused: ") || t.starts_with("Suppressed: ") ||
         t.starts_with("Also: ") || t.starts_with("Wrapped by:") || t.starts_with("[cause]:") ||
         t.starts_with("---> ") || t.starts_with("--- End of ");
}

bool is_more_line(std::string_view t) {
  if (!t.starts_with("... ")) return false;
  return t.find(" more") != std::string_view::npos || t.find(" common frames") != std::string_view::npos ||
         t.find("lines matching") != std::string_view::npos;
}

bool names_exception(std::string_view t) {
  return t.find("Exception") != std::string_view::npos || t.find("Error") != std::string_view::npos ||
         t.find("Throwable") != std::string_view::npos || t.find("ERROR") != std::string_view::npos ||
         t.find("Failure") != std::string_view::npos || t.starts_with("FATAL") || t.starts_with("error:") ||
         t.find("\xE2\x97\x8F ") != std::string_view::npos || t.find("fail") != std::string_view::npos;
}

std::string language_of_frame(std::string_view frame) {
  for (const std::string_view part : {".java:", "Native Method", "Unknown Source", ".scala:", ".groovy:"}) {
    if (frame.find(part) != std::string_view::npos) return "Java";
  }
  if (frame.find(".kt:") != std::string_view::npos) return "Kotlin";
  if (frame.find(":line ") != std::string_view::npos || frame.find(".cs:") != std::string_view::npos ||
      frame.find("System.") != std::string_view::npos)
    return ".NET";
  return "JavaScript";
}

bool is_error_message(std::string_view text) {
  for (const std::string_view part : {"Exception", "Error", "Throwable", "error:"}) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return classify_line(text).weight >= 55;
}

/// A message of its own between a first message and the frames: the frames are its.
bool is_message_head(std::string_view text) {
  const LineKind kind = classify_line(text).kind;
  return kind == LineKind::exception;
}

size_t head_of_frames(LogView& log, size_t first_frame, size_t not_before) {
  size_t head = first_frame;
  const size_t low = first_frame > kHeadSearch ? first_frame - kHeadSearch : 1;
  for (size_t n = first_frame - 1; n >= low && n > not_before && n > 0; --n) {
    const std::string_view t = left_trimmed(log.plain(n));
    if (t.empty() && n + 1 < first_frame) break;
    if (names_exception(t)) {
      head = n;
      // A second message line right above ("[ERROR] x" over "java.io.IOException: x") is classified on its own.
      break;
    }
  }
  return head;
}

std::optional<Traceback> at_frames(LogView& log, size_t number, size_t not_before) {
  if (!is_at_frame(log.plain(number))) {
    // A message line: frames must begin within a few lines.
    if (!names_exception(left_trimmed(log.plain(number)))) return std::nullopt;
    size_t first = number + 1;
    while (first <= log.size() && first <= number + kHeadSearch && !is_at_frame(log.plain(first))) {
      if (left_trimmed(log.plain(first)).empty() && first > number + 1 && left_trimmed(log.plain(first - 1)).empty())
        return std::nullopt;
      ++first;
    }
    if (first > log.size() || !is_at_frame(log.plain(first))) return std::nullopt;
    for (size_t n = number + 1; n < first; ++n) {
      if (is_message_head(log.plain(n))) return std::nullopt;
    }
    number = first;
    not_before = std::min(not_before, first - 1);
  }
  const size_t head = head_of_frames(log, number, not_before);
  Traceback found = started(head, language_of_frame(log.plain(number)), left_trimmed(log.plain(head)).substr(0, 400));
  found.end = number;
  size_t gap = 0;
  size_t frames = 0;
  for (size_t at = number; at <= log.size(); ++at) {
    const std::string_view text = log.plain(at);
    const std::string_view t = left_trimmed(text);
    if (is_at_frame(text)) {
      ++frames;
      keep_frame(found, t.substr(3, 300));
    } else if (is_cause_line(t)) {
      const size_t colon = t.find(": ");
      if (t.starts_with("Caused") && colon != std::string_view::npos) {
        found.exception = std::string(t.substr(colon + 2, 400));
        found.exception_line = at;
        found.frames.clear();
      }
    } else if (is_more_line(t) || (t == "}" || t == "{" || t == "},")) {
    } else if (!t.empty() && indent_of(text) > 0 && found.language == "JavaScript" && gap < 6 && at > number) {
      ++gap;  // properties of the error object
      continue;
    } else {
      // A cause's message may take several lines before its frames go on.
      const bool after_cause =
          found.exception_line != 0 && at - found.exception_line <= 6 && found.exception_line > number;
      if (!after_cause) break;
      continue;
    }
    gap = 0;
    found.end = at;
  }
  // "at …" of a logger, not of an error: no message, or one that no error has.
  if (frames < 3 && (head == number || !is_error_message(found.exception))) return std::nullopt;
  for (size_t n = head; n > 0 && n + 3 >= head; --n) {
    if (left_trimmed(log.plain(n)).starts_with("console.")) return std::nullopt;
  }
  return found;
}

// --- Go ----------------------------------------------------------------------------------------------------------

std::optional<Traceback> go(LogView& log, size_t number) {
  const std::string_view t = log.plain(number);
  const bool head = t.starts_with("panic: ") || t.starts_with("fatal error: ") || t.starts_with("WARNING: DATA RACE") ||
                    t.starts_with("SIGSEGV") || t.find("panic: ") == 1;
  if (!head && !t.starts_with("goroutine ")) return std::nullopt;
  Traceback found = started(number, "Go", t.substr(0, 400));
  const bool c_header = t.starts_with("fatal error: ") && t.find(".h") != std::string_view::npos;
  bool routine = t.starts_with("goroutine ");
  size_t blanks = 0;
  for (size_t at = number + 1; at <= log.size(); ++at) {
    const std::string_view text = log.plain(at);
    const std::string_view s = left_trimmed(text);
    if (s.empty()) {
      if (++blanks > 1) break;
      continue;
    }
    const bool opens = s.starts_with("goroutine ");
    const bool place = text.starts_with("\t") || text.starts_with("    ");
    const bool call = s.ends_with(")") && s.find('(') != std::string_view::npos;
    const bool head_line =
        !routine && (s.starts_with("[signal") || s.starts_with("panic: ") || s.starts_with("[recovered]") || place);
    if (!opens && !head_line &&
        !(routine && (place || call || s.starts_with("created by ") || s.starts_with("exit status")))) {
      // A panic's message may have more lines before its goroutine.
      if (routine || at > number + 10) break;
      continue;
    }
    if (routine && blanks > 0 && !opens) break;
    blanks = 0;
    routine = routine || opens;
    if (place && s.find(".go:") != std::string_view::npos) keep_frame(found, s.substr(0, s.find(' ')));
    found.end = at;
  }
  if (!routine && found.end == number && c_header) return std::nullopt;  // a C compiler's
  return found;
}

// --- Rust --------------------------------------------------------------------------------------------------------

std::optional<Traceback> rust(LogView& log, size_t number) {
  const std::string_view head = log.plain(number);
  const size_t panicked = head.find(" panicked at ");
  if (head.find("thread '") == std::string_view::npos || panicked == std::string_view::npos) return std::nullopt;
  Traceback found = started(number, "Rust", head.substr(0, 400));
  keep_frame(found, head.substr(panicked + 13));
  bool noted = false;
  for (size_t at = number + 1; at <= log.size() && at < number + 400; ++at) {
    const std::string_view text = log.plain(at);
    const std::string_view t = left_trimmed(text);
    if (t.starts_with("note: ") || t.starts_with("stack backtrace:")) {
      noted = true;
    } else if (noted) {
      const bool frame = !t.empty() && (is_digit(t[0]) || t.starts_with("at "));
      if (!frame) break;
      if (t.starts_with("at ")) keep_frame(found, t.substr(3));
    } else if (t.empty() || at > number + 12) {
      break;
    } else if (at == number + 1) {
      found.exception += ' ';
      found.exception += t.substr(0, 300);
    }
    found.end = at;
  }
  return found;
}

// --- Sanitizers, gdb, Ruby, PHP: numbered or "from" frames -------------------------------------------------------

std::optional<Traceback> sanitizer(LogView& log, size_t number) {
  const std::string_view head = log.plain(number);
  const bool names = head.find("Sanitizer: ") != std::string_view::npos ||
                     head.find("Sanitizer:DEADLYSIGNAL") != std::string_view::npos;
  const bool frame = left_trimmed(head).starts_with("#0 ");
  if (!names && !frame) return std::nullopt;
  if (names && left_trimmed(head).starts_with("SUMMARY")) return std::nullopt;
  Traceback found = started(number, "C++", left_trimmed(head).substr(0, 400));
  size_t quiet = 0;
  for (size_t at = number; at <= log.size(); ++at) {
    const std::string_view t = left_trimmed(log.plain(at));
    if (at > number && t.find("Sanitizer: ") != std::string_view::npos && t.starts_with("SUMMARY")) {
      found.end = at;
      if (left_trimmed(log.plain(at + 1)).ends_with("ABORTING")) found.end = at + 1;
      break;
    }
    if (t.size() > 2 && t[0] == '#' && is_digit(t[1])) {
      const size_t in = t.find(" in ");
      if (in != std::string_view::npos) keep_frame(found, t.substr(in + 4));
      found.end = at;
      quiet = 0;
    } else if (++quiet > (names ? 12 : 1)) {
      break;
    }
  }
  return found.end > found.start ? std::optional(found) : std::nullopt;
}

std::optional<Traceback> ruby(LogView& log, size_t number) {
  const std::string_view head = log.plain(number);
  if (head.find(".rb:") == std::string_view::npos || head.find(":in ") == std::string_view::npos ||
      head.find("from ") != std::string_view::npos)
    return std::nullopt;
  Traceback found = started(number, "Ruby", head.substr(0, 400));
  for (size_t at = number + 1; at <= log.size(); ++at) {
    const std::string_view t = left_trimmed(log.plain(at));
    if (!t.starts_with("from ") || t.find(".rb") == std::string_view::npos) break;
    keep_frame(found, t.substr(5));
    found.end = at;
  }
  return found.end > found.start ? std::optional(found) : std::nullopt;
}

}  // namespace

std::optional<Traceback> traceback_at(LogView& log, size_t number, size_t not_before) {
  if (auto found = python(log, number)) return found;
  if (auto found = rust(log, number)) return found;
  if (auto found = sanitizer(log, number)) return found;
  if (auto found = go(log, number)) return found;
  if (auto found = ruby(log, number)) return found;
  return at_frames(log, number, not_before);
}

}  // namespace fm::logs
