// What every blocking call takes first: how long it may take, who stops it, for whom it runs.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace fm {

// Who asks. Roles and rights are judged in identity.
struct Principal {
  std::string id;    // "user_…", "key_…", "system"
  std::string name;  // shown in the audit
  std::string role;  // viewer, operator, approver, admin; empty: nobody
};

// A value, cheap to copy. Deadline and stop token only ever get stricter on the way down.
class Context {
 public:
  Context(const Clock& clock, Steady deadline, std::stop_token stop = {}, std::string trace_id = {});

  const Clock& clock() const { return *clock_; }
  Steady deadline() const { return deadline_; }
  const std::stop_token& stop() const { return stop_; }
  const std::string& trace_id() const { return trace_id_; }
  const Principal& principal() const;

  // Time left, never below zero.
  Millis remaining() const;
  // Ok, or Code::cancelled / Code::timeout. Ask before each costly step.
  Result<void> check() const;

  Context with_timeout(Millis at_most) const;
  Context with_stop(std::stop_token stop) const;
  Context with_principal(Principal principal) const;

 private:
  const Clock* clock_;
  Steady deadline_;
  std::stop_token stop_;
  std::string trace_id_;
  std::shared_ptr<const Principal> principal_;
};

}  // namespace fm
