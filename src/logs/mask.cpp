#include "logs/mask.h"

#include <array>

namespace fm::logs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_digit(c) || is_alpha(c) || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool ends_path(char c) {
  return is_blank(c) || c == '"' || c == '\'' || c == ',' || c == ';' || c == ')' || c == '(' || c == ']' || c == '>';
}

/// Length of "8-4-4-4-12" hexadecimal digits at the start, else 0.
size_t uuid_length(std::string_view s) {
  constexpr size_t kLength = 36;
  if (s.size() < kLength || (s.size() > kLength && is_word(s[kLength]))) return 0;
  for (size_t i = 0; i < kLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? s[i] != '-' : !is_hex(s[i])) return 0;
  }
  return kLength;
}

/// Dates and clock times: digits joined by '-', ':', '/', 'T', '.', ending in 'Z' or an offset; with two or more ':' or
/// '-'.
size_t time_length(std::string_view s) {
  if (s.size() < 5 || !is_digit(s[0])) return 0;
  size_t i = 0;
  size_t digits = 0;
  unsigned joints = 0;
  while (i < s.size()) {
    if (is_digit(s[i])) {
      ++digits;
    } else if ((s[i] == ':' || s[i] == '-' || s[i] == '/') && i + 1 < s.size() && is_digit(s[i + 1])) {
      ++joints;
    } else if (!((s[i] == 'T' || s[i] == '.' || s[i] == ',' || s[i] == '+') && i + 1 < s.size() &&
                 is_digit(s[i + 1]))) {
      break;
    }
    ++i;
  }
  if (i < s.size() && s[i] == 'Z') ++i;
  const bool whole = i == s.size() || !is_word(s[i]);
  return whole && joints >= 2 && digits >= 5 ? i : 0;
}

/// A word of hexadecimal digits, at least 7 long, with a decimal digit in it (or "0x…").
size_t hash_length(std::string_view s) {
  size_t i = 0;
  bool decimal = false;
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && is_hex(s[2])) {
    i = 2;
    while (i < s.size() && is_hex(s[i])) ++i;
    return i;
  }
  while (i < s.size() && is_hex(s[i])) decimal = is_digit(s[i++]) || decimal;
  const bool whole = i == s.size() || !is_word(s[i]);
  return whole && decimal && i >= 7 ? i : 0;
}

/// A path's stable tail: what follows the last volatile directory. Empty when nothing stable is left.
std::string_view stable_tail(std::string_view path) {
  constexpr std::array<std::string_view, 9> kHeads = {"/home/runner/work/",
                                                      "/builds/workspace/",
                                                      "/builds/",
                                                      "/workspace/",
                                                      "/github/workspace/",
                                                      "/work/",
                                                      "/build/",
                                                      "/__w/",
                                                      "/app/"};
  constexpr std::array<std::string_view, 5> kInside = {"/site-packages/", "/dist-packages/", "/node_modules/",
                                                       "/.cargo/registry/src/", "/go/pkg/mod/"};
  size_t cut = 0;
  for (const std::string_view head : kHeads) {
    if (cut == 0 && path.starts_with(head)) cut = head.size();
  }
  for (const std::string_view part : kInside) {
    const size_t at = path.rfind(part);
    if (at != std::string_view::npos) cut = std::max(cut, at + part.size());
  }
  return path.substr(cut);
}

bool temporary(std::string_view path) {
  return path.starts_with("/tmp/") || path.starts_with("/var/folders/") || path.starts_with("/private/var/") ||
         path.starts_with("/var/tmp/") || path.find("/_temp/") != std::string_view::npos;
}

void mask_numbers(std::string_view s, std::string& out) {
  for (size_t i = 0; i < s.size();) {
    if (!is_digit(s[i])) {
      out.push_back(s[i++]);
      continue;
    }
    while (i < s.size() && is_digit(s[i])) ++i;
    out += "<n>";
  }
}

}  // namespace

std::string mask_line(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  size_t i = 0;
  bool word_before = false;  // the byte before continues a word
  while (i < s.size()) {
    const std::string_view rest = s.substr(i);
    if (!word_before) {
      if (const size_t n = uuid_length(rest)) {
        out += "<uuid>";
        i += n;
        continue;
      }
      if (const size_t n = time_length(rest)) {
        out += "<time>";
        i += n;
        continue;
      }
      if (const size_t n = hash_length(rest)) {
        out += "<hex>";
        i += n;
        continue;
      }
      const bool windows = rest.size() > 3 && is_alpha(rest[0]) && rest[1] == ':' && rest[2] == '\\';
      if ((rest[0] == '/' && rest.size() > 1 && is_word(rest[1]) &&
           (i == 0 || s[i - 1] != ':' || rest.find("/", 1) != std::string_view::npos) && (i == 0 || s[i - 1] != '/')) ||
          windows) {
        size_t end = 0;
        while (end < rest.size() && !ends_path(rest[end]) && !(end > 2 && rest[end] == ':')) ++end;
        const std::string_view path = rest.substr(0, end);
        if (temporary(path)) {
          out += "<tmp>";
        } else {
          mask_numbers(stable_tail(path), out);
        }
        i += end;
        word_before = false;
        continue;
      }
    }
    if (is_digit(s[i])) {
      while (i < s.size() && (is_digit(s[i]) || (s[i] == '.' && i + 1 < s.size() && is_digit(s[i + 1])))) ++i;
      out += "<n>";
      word_before = true;
      continue;
    }
    word_before = is_word(s[i]);
    if (is_blank(s[i])) {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else {
      out.push_back(s[i]);
    }
    ++i;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::uint64_t masked_hash(std::string_view s) {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  if (s.empty()) return 0;
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&hash](unsigned char c) { hash = (hash ^ c) * 0x100000001b3ULL; };
  for (size_t i = 0; i < s.size();) {
    if (!is_word(s[i])) {
      mix(static_cast<unsigned char>(s[i++]));
      continue;
    }
    const size_t begin = i;
    bool decimal = false;
    bool hex = true;
    for (; i < s.size() && is_word(s[i]); ++i) {
      decimal = decimal || is_digit(s[i]);
      hex = hex && is_hex(s[i]);
    }
    if (!decimal) {
      for (size_t k = begin; k < i; ++k) mix(static_cast<unsigned char>(s[k]));
    } else if (hex && i - begin >= 7) {
      mix('#');
    } else {
      for (size_t k = begin; k < i;) {
        if (!is_digit(s[k])) {
          mix(static_cast<unsigned char>(s[k++]));
          continue;
        }
        while (k < i && is_digit(s[k])) ++k;
        mix('#');
      }
    }
  }
  return hash == 0 ? 1 : hash;
}

std::uint64_t template_hash(std::string_view s) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  bool any = false;
  const auto mix = [&hash](unsigned char c) { hash = (hash ^ c) * 0x100000001b3ULL; };
  for (size_t i = 0; i < s.size();) {
    if (is_blank(s[i])) {
      ++i;
      continue;
    }
    any = true;
    if (s[i] == '"' || s[i] == '\'' || s[i] == '`') {
      const size_t close = s.find(s[i], i + 1);
      if (close != std::string_view::npos && close - i < 300) {
        mix('*');
        i = close + 1;
        continue;
      }
    }
    const size_t begin = i;
    bool name = false;
    while (i < s.size() && !is_blank(s[i])) {
      const char c = s[i++];
      name = name || is_digit(c) || c == '/' || c == '.' || c == '_' || c == '\\' || c == '"' || c == '\'';
    }
    if (name) {
      mix('*');
    } else {
      for (size_t k = begin; k < i; ++k) mix(static_cast<unsigned char>(s[k]));
    }
    mix(' ');
  }
  if (!any) return 0;
  return hash == 0 ? 1 : hash;
}

}  // namespace fm::logs
