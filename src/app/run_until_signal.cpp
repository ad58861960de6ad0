#include "app/run_until_signal.h"

#include <csignal>

#include <fmt/format.h>

#include "telemetry/log.h"

namespace fm::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void configure_log_from(const Settings& settings, const Shell& shell) {
  telemetry::LogOptions options;
  options.level = telemetry::parse_level(settings.text("log.level")).value_or(telemetry::Level::info);
  const std::string format = settings.text("log.format");
  options.json = format == "json" || (format == "auto" && !shell.err_terminal);
  options.colour = shell.out_colour && shell.err_terminal;
  telemetry::configure_log(options);
}

void block_stop_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
  telemetry::info("stopping: finishing what runs", {{"signal", std::int64_t{signal}}});
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace fm::app
