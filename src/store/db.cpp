#include "store/db.h"

namespace fm::store {

std::string like_contains(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

Value null_if_empty(std::string_view text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace fm::store
