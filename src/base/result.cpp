#include "base/result.h"

namespace fm {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::unauthorised:
      return "unauthorised";
    case Code::forbidden:
      return "forbidden";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::too_large:
      return "too_large";
    case Code::limited:
      return "limited";
    case Code::timeout:
      return "timeout";
    case Code::cancelled:
      return "cancelled";
    case Code::unavailable:
      return "unavailable";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::full() const {
  std::string text = message;
  for (const Error* below = cause.get(); below != nullptr; below = below->cause.get()) text += ": " + below->message;
  return text;
}

Error with_context(Error cause, std::string message) {
  Error outer{cause.code, std::move(message), cause.remedy, nullptr, cause.retry_after};
  outer.cause = std::make_shared<const Error>(std::move(cause));
  return outer;
}

}  // namespace fm
