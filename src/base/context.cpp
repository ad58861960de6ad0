#include "base/context.h"

#include <algorithm>

namespace fm {

Context::Context(const Clock& clock, Steady deadline, std::stop_token stop, std::string trace_id)
    : clock_(&clock), deadline_(deadline), stop_(std::move(stop)), trace_id_(std::move(trace_id)) {}

const Principal& Context::principal() const {
  static const Principal nobody;
  return principal_ ? *principal_ : nobody;
}

Millis Context::remaining() const {
  const auto left = std::chrono::duration_cast<Millis>(deadline_ - clock_->steady());
  return std::max(left, Millis{0});
}

Result<void> Context::check() const {
  if (stop_.stop_requested()) return fail(Code::cancelled, "stopped");
  if (clock_->steady() >= deadline_) return fail(Code::timeout, "the deadline passed");
  return {};
}

Context Context::with_timeout(Millis at_most) const {
  Context copy = *this;
  copy.deadline_ = std::min(deadline_, clock_->steady() + at_most);
  return copy;
}

Context Context::with_stop(std::stop_token stop) const {
  Context copy = *this;
  copy.stop_ = std::move(stop);
  return copy;
}

Context Context::with_principal(Principal principal) const {
  Context copy = *this;
  copy.principal_ = std::make_shared<const Principal>(std::move(principal));
  return copy;
}

}  // namespace fm
