#include "logs/envelope.h"

#include <cstring>

namespace fm::logs {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of "2024-05-01T12:34:56[.fff][Z|+00:00]" at the start, else 0.
size_t iso_time_length(std::string_view s) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (s.size() < kShape.size() || !is_digit(s[0]) || s[4] != '-' || s[10] != 'T') return 0;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(s[i]) : s[i] != kShape[i]) return 0;
  }
  size_t n = kShape.size();
  if (n < s.size() && (s[n] == '.' || s[n] == ',')) {
    do ++n;
    while (n < s.size() && is_digit(s[n]));
  }
  if (n < s.size() && s[n] == 'Z') return n + 1;
  if (n + 6 <= s.size() && (s[n] == '+' || s[n] == '-') && s[n + 3] == ':') return n + 6;
  return n;
}

void drop_bom(std::string_view& s) {
  if (s.starts_with(kBom)) s.remove_prefix(kBom.size());
}

/// The time column, alone or in brackets, and GitLab's "00O " stream column after it.
bool drop_time(std::string_view& s) {
  const bool bracketed = s.starts_with('[');
  const size_t n = iso_time_length(bracketed ? s.substr(1) : s);
  if (n == 0) return false;
  size_t skip = n;
  if (bracketed) {
    if (n + 1 >= s.size() || s[n + 1] != ']') return false;
    skip = n + 2;
  }
  if (skip < s.size() && s[skip] != ' ') return false;
  s.remove_prefix(skip < s.size() ? skip + 1 : skip);
  if (s.size() >= 3 && is_digit(s[0]) && is_digit(s[1]) && (s[2] == 'O' || s[2] == 'E') &&
      (s.size() == 3 || s[3] == ' ' || s[3] == '+')) {
    s.remove_prefix(s.size() == 3 ? 3 : 4);
  }
  return true;
}

/// The columns of `gh run view --log`; only when a time follows them, since any line may hold two tabs.
void drop_columns(Peeled& peeled) {
  std::string_view& s = peeled.text;
  const size_t first = s.substr(0, 300).find('\t');
  if (first == std::string_view::npos || first == 0) return;
  const size_t second = s.substr(0, 600).find('\t', first + 1);
  if (second == std::string_view::npos) return;
  std::string_view rest = s.substr(second + 1);
  drop_bom(rest);
  if (!drop_time(rest)) return;
  peeled.job = s.substr(0, first);
  peeled.step = s.substr(first + 1, second - first - 1);
  s = rest;
}

struct Named {
  std::string_view name;
  Marker marker;
};
constexpr Named kMarkers[] = {
    {"group", Marker::group},     {"endgroup", Marker::endgroup}, {"error", Marker::error},
    {"warning", Marker::warning}, {"notice", Marker::notice},     {"debug", Marker::debug},
    {"command", Marker::command}, {"section", Marker::group},
};

Marker marker_named(std::string_view name) {
  for (const Named& known : kMarkers) {
    if (known.name == name) return known.marker;
  }
  return Marker::none;
}

void take_marker(Peeled& peeled) {
  std::string_view& s = peeled.text;
  if (s.starts_with("##[") || s.starts_with("[command]")) {
    const size_t open = s.find('[');
    const size_t close = s.find(']');
    if (close == std::string_view::npos) return;
    const Marker marker = marker_named(s.substr(open + 1, close - open - 1));
    if (marker == Marker::none) return;
    peeled.marker = marker;
    s.remove_prefix(close + 1);
  } else if (s.starts_with("::")) {
    const size_t close = s.find("::", 2);
    if (close == std::string_view::npos) return;
    const std::string_view head = s.substr(2, close - 2);
    const Marker marker = marker_named(head.substr(0, head.find(' ')));
    if (marker == Marker::none) return;
    peeled.marker = marker;
    s.remove_prefix(close + 2);
  } else if (s.starts_with("section_start:")) {
    peeled.marker = Marker::group;
    const size_t name = s.find(':', 14);
    s = name == std::string_view::npos ? std::string_view{} : s.substr(name + 1);
  } else if (s.starts_with("section_end:") || s.starts_with("travis_fold:end:")) {
    peeled.marker = Marker::endgroup;
    s = {};
  } else if (s.starts_with("travis_fold:start:")) {
    peeled.marker = Marker::group;
    s.remove_prefix(18);
  }
}

}  // namespace

std::string_view strip_ansi(std::string_view line, std::string& scratch) {
  const bool escaped = !line.empty() && std::memchr(line.data(), '\x1b', line.size()) != nullptr;
  // "^[[31m": the escape character as some tools write it out (`cat -v`).
  const bool written = line.find("^[[") != std::string_view::npos;
  if (!escaped && !written) return line;
  scratch.clear();
  size_t i = 0;
  while (i < line.size()) {
    const bool caret = written && line[i] == '^' && line.substr(i).starts_with("^[[");
    if (line[i] != '\x1b' && !caret) {
      scratch.push_back(line[i++]);
      continue;
    }
    if (caret) ++i;
    if (++i == line.size()) break;
    const char kind = line[i++];
    if (kind == '[') {  // CSI: parameters, then one final byte
      while (i < line.size() && !(line[i] >= '@' && line[i] <= '~')) ++i;
      if (i < line.size()) ++i;
    } else if (kind == ']' || kind == '_' || kind == 'P' || kind == '^') {  // strings: until BEL or ESC backslash
      while (i < line.size() && line[i] != '\a' && line[i] != '\x1b') ++i;
      if (i < line.size()) i += line[i] == '\a' ? 1 : 2;
    } else if (kind == '(' || kind == ')') {
      ++i;
    }
  }
  return scratch;
}

std::string_view strip_buildkit(std::string_view text) {
  if (text.size() < 4 || text[0] != '#' || !is_digit(text[1])) return text;
  size_t i = 1;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == text.size() || text[i] != ' ') return text;
  const size_t number = ++i;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == number) return text.substr(number);
  if (i == text.size() || text[i] != '.') return text;
  do ++i;
  while (i < text.size() && is_digit(text[i]));
  return i < text.size() && text[i] == ' ' ? text.substr(i + 1) : text;
}

Peeled peel(std::string_view line, std::string& scratch) {
  Peeled peeled;
  peeled.text = line;
  drop_bom(peeled.text);
  if (!drop_time(peeled.text)) drop_columns(peeled);
  drop_bom(peeled.text);
  peeled.text = strip_ansi(peeled.text, scratch);
  peeled.marked = peeled.text;
  take_marker(peeled);
  return peeled;
}

}  // namespace fm::logs
