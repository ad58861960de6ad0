#include "logs/log_view.h"

namespace fm::logs {

std::string_view LogView::raw(size_t number) {
  if (number == 0 || number > index_.size()) return {};
  if (number == reader_.number() && number != 0) return last_;
  if (number <= reader_.number() || number > reader_.number() + 64) reader_ = index_.from(number);
  while (reader_.number() < number && reader_.next(last_)) {
  }
  return last_;
}

}  // namespace fm::logs
