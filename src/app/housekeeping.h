// Work that comes by the clock: retention, missed deliveries, polling. One thread, asleep until something is due.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/context.h"

namespace fm::app {

class Housekeeping {
 public:
  // job runs on the thread, each `every`, first after `first`; its error is logged, and it comes again.
  struct Chore {
    std::string name;
    Millis every;
    Millis first;
    std::function<Result<void>(const Context&)> job;
  };

  Housekeeping(const Clock& clock, std::vector<Chore> chores);
  ~Housekeeping();
  void start();
  void stop();

 private:
  void run(const std::stop_token& stop);

  const Clock& clock_;
  std::vector<Chore> chores_;
  std::jthread thread_;
};

}  // namespace fm::app
