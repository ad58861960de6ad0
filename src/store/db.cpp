#include "store/db.h"

namespace fm::store {

Value null_if_empty(std::string_view text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace fm::store
