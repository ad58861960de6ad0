// The words at a line's head: levels, routine, and searching without regard to case.
#include <algorithm>
#include <array>

#include "logs/line_class.h"

namespace fm::logs {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

template <size_t N>
bool begins_any(std::string_view text, const std::array<std::string_view, N>& parts) {
  return std::ranges::any_of(parts, [text](std::string_view part) { return begins(text, part); });
}

}  // namespace

size_t find_word(std::string_view text, std::string_view part) {
  if (part.empty() || text.size() < part.size()) return std::string_view::npos;
  for (size_t i = 0; i + part.size() <= text.size(); ++i) {
    if (lower(text[i]) != part[0]) continue;
    size_t k = 1;
    while (k < part.size() && lower(text[i + k]) == part[k]) ++k;
    if (k == part.size()) return i;
  }
  return std::string_view::npos;
}

bool has(std::string_view text, std::string_view part) { return find_word(text, part) != std::string_view::npos; }

bool begins(std::string_view text, std::string_view part) {
  if (text.size() < part.size()) return false;
  for (size_t i = 0; i < part.size(); ++i) {
    if (lower(text[i]) != part[i]) return false;
  }
  return true;
}

std::string_view left_trimmed(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t");
  return at == std::string_view::npos ? std::string_view{} : text.substr(at);
}

Level level_of(std::string_view text) {
  struct Word {
    std::string_view name;
    Level level;
  };
  static constexpr std::array<Word, 16> kWords = {{{"ERROR", Level::error},
                                                   {"INFO", Level::info},
                                                   {"WARNING", Level::warning},
                                                   {"WARN", Level::warning},
                                                   {"DEBUG", Level::debug},
                                                   {"TRACE", Level::trace},
                                                   {"FATAL", Level::fatal},
                                                   {"SEVERE", Level::error},
                                                   {"CRITICAL", Level::fatal},
                                                   {"NOTICE", Level::info},
                                                   {"VERBOSE", Level::debug},
                                                   {"info", Level::info},
                                                   {"warning", Level::warning},
                                                   {"warn", Level::warning},
                                                   {"debug", Level::debug},
                                                   {"notice", Level::info}}};
  const std::string_view head = text.substr(0, 72);
  for (size_t i = 0; i < head.size(); ++i) {
    if (!is_alpha(head[i]) ||
        (i > 0 && (is_word(head[i - 1]) || head[i - 1] == '-' || head[i - 1] == '.' || head[i - 1] == '/')))
      continue;
    size_t end = i;
    while (end < head.size() && is_alpha(head[end])) ++end;
    const std::string_view word = head.substr(i, end - i);
    const char after = end < text.size() ? text[end] : ' ';
    for (const Word& known : kWords) {
      if (word != known.name) continue;
      const bool small = known.name[0] >= 'a';
      const bool first = i == 0 || (i == 1 && head[0] == '[') ||
                         head.substr(0, i).find_first_not_of(" \t[]") == std::string_view::npos;
      if (small && !(first && (after == ':' || after == ']' || after == ' ')) &&
          !(i > 6 && head.substr(i - 6, 6) == "level="))
        continue;
      if (after == ' ' || after == ']' || after == ':' || after == '\t' || after == '|' || after == ')' ||
          after == ',' || after == '"')
        return known.level;
    }
    i = end;
  }
  const std::string_view t = left_trimmed(head);
  if (begins(t, "fatal:")) return Level::fatal;
  if (begins(t, "error:") || begins(t, "error[") || has(head, "level=error")) return Level::error;
  return Level::none;
}

bool is_routine(std::string_view text) {
  static constexpr std::array<std::string_view, 50> kStarts = {"downloading ",
                                                               "downloaded ",
                                                               "progress (",
                                                               "receiving objects",
                                                               "resolving deltas",
                                                               "remote: ",
                                                               "compressing objects",
                                                               "counting objects",
                                                               "> git ",
                                                               "fetching ",
                                                               "checking out ",
                                                               "commit message",
                                                               "head is now",
                                                               "finished:",
                                                               "sending e-mail",
                                                               "archiving ",
                                                               "started by",
                                                               "building remotely",
                                                               "total time",
                                                               "finished at",
                                                               "final memory",
                                                               "collecting ",
                                                               "installing ",
                                                               "successfully ",
                                                               "requirement already",
                                                               "get:",
                                                               "hit:",
                                                               "unpacking ",
                                                               "setting up ",
                                                               "selecting ",
                                                               "preparing ",
                                                               "preparing to unpack",
                                                               "temporarily overriding",
                                                               "[command]",
                                                               "download action",
                                                               "pull complete",
                                                               "digest:",
                                                               "* [new ",
                                                               "removing intermediate",
                                                               "cache ",
                                                               "recording ",
                                                               "using cached",
                                                               "[ws-cleanup]",
                                                               "post job cleanup",
                                                               "cleaning up",
                                                               "* branch ",
                                                               "> run with --",
                                                               "* try:",
                                                               "* get more help",
                                                               "deprecated gradle features"};
  const std::string_view t = left_trimmed(text);
  if (begins_any(t, kStarts)) return true;
  if (t.starts_with("+ ") || t.starts_with("---> ")) return true;
  // A rule of one sign, a percentage, a commit id alone.
  if (t.size() >= 3 && t.find_first_not_of("-=_*~#+. ") == std::string_view::npos) return true;
  const std::string_view body =
      level_of(t) == Level::info && t.find(']') != std::string_view::npos ? left_trimmed(t.substr(t.find(']') + 1)) : t;
  return body.empty() || begins_any(body, kStarts) || body.find_first_not_of("-=_*~#+. ") == std::string_view::npos;
}

}  // namespace fm::logs
