// The commands, one file each. Results on standard output, progress on standard error; exit 0 done, 1 failed, 2 usage.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.h"
#include "base/result.h"

namespace fm::app {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kFound = 3;  // --fail-on: something that bad was found

// What every command gets from the command line and the environment.
struct Shell {
  Surroundings surroundings;
  bool json = false;        // -o json
  bool out_colour = false;  // standard output is a terminal that wants colour
  bool err_terminal = false;
};

// Prints "firstmate: message" and the remedy to standard error; kFailed.
int report(const Error& error);

int cmd_serve(const Shell& shell);
struct DemoOptions {
  bool once = false;  // print and leave, instead of serving on
};
int cmd_demo(const Shell& shell, const DemoOptions& options);

struct TriageCommand {
  std::string file, passing, fail_on;
};
int cmd_logs_triage(const Shell& shell, const TriageCommand& options);

struct ReplayOptions {
  std::vector<std::string> files;
  std::string url;     // empty: FIRSTMATE_URL, or the server that runs on the data directory
  std::string event;   // empty: told by the payload
  bool fresh = false;  // new delivery ids, so that it counts as new
};
int cmd_replay(const Shell& shell, const ReplayOptions& options);
int cmd_doctor(const Shell& shell);
int cmd_config_view(const Shell& shell, bool origins);
int cmd_config_check(const Shell& shell);
int cmd_login_link(const Shell& shell);

int run_cli(int argc, char** argv);

}  // namespace fm::app
