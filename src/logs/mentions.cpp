#include "logs/mentions.h"

#include <optional>

#include "logs/line_class.h"

namespace fm::logs {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

std::optional<unsigned long> number_before(std::string_view text, size_t at) {
  size_t i = at;
  while (i > 0 && text[i - 1] == ' ') --i;
  size_t begin = i;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  if (begin == i || i == at || i - begin > 9) return std::nullopt;
  if (begin > 0 && (is_word(text[begin - 1]) || text[begin - 1] == '.' || text[begin - 1] == ':')) return std::nullopt;
  unsigned long value = 0;
  for (; begin < i; ++begin) value = value * 10 + static_cast<unsigned long>(text[begin] - '0');
  return value;
}

std::optional<unsigned long> number_after(std::string_view text, size_t at) {
  while (at < text.size() && is_alpha(text[at])) ++at;
  if (at < text.size() && text[at] == ' ') ++at;
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::nullopt;
  ++at;
  while (at < text.size() && text[at] == ' ') ++at;
  size_t end = at;
  unsigned long value = 0;
  while (end < text.size() && is_digit(text[end]) && end - at < 9)
    value = value * 10 + static_cast<unsigned long>(text[end++] - '0');
  if (end == at || (end < text.size() && (is_word(text[end]) || text[end] == ':'))) return std::nullopt;
  return value;
}

}  // namespace

Mentions mentions_of(std::string_view text) {
  Mentions found;
  for (size_t i = 0; i + 4 <= text.size(); ++i) {
    const char c = lower(text[i]);
    if (c != 'e' && c != 'f') continue;
    const std::string_view rest = text.substr(i);
    const bool error = begins(rest, "error");
    if (!error && !begins(rest, "fail")) continue;
    size_t end = i;
    while (end < text.size() && is_alpha(text[end])) ++end;
    const char before = i == 0 ? ' ' : text[i - 1];
    const char after = end == text.size() ? ' ' : text[end];
    const bool joined_before = is_word(before) || before == '-' || before == '/' || before == '\\' || before == '.' ||
                               before == '$' || before == '@';
    const bool joined_after =
        after == '_' || is_digit(after) || after == '-' || after == '/' || after == '\\' || after == '(' ||
        ((after == '.' || after == '=') && end + 1 < text.size() && is_word(text[end + 1]) && !is_digit(text[end + 1]));
    const std::optional<unsigned long> count = [&] {
      const auto b = number_before(text, i);
      return b ? b : number_after(text, i);
    }();
    if (joined_before || (joined_after && after != '(')) {
      ++found.inside;
    } else if (count) {
      ++(*count == 0 ? found.zero : found.counted);
    } else {
      ++found.bare;
    }
    i = end - 1;
  }
  return found;
}

}  // namespace fm::logs
