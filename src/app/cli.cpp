// The command line: parses, then calls one command. The only file that knows CLI11.
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/commands.h"
#include "base/text.h"

extern char** environ;

namespace fm::app {
namespace {

std::optional<std::string> get_env(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// NO_COLOR and CLICOLOR_FORCE as no-color.org and bixense.com/clicolors say.
bool wants_colour(int descriptor) {
  if (get_env("NO_COLOR").value_or("") != "") return false;
  if (const std::string force = get_env("CLICOLOR_FORCE").value_or(""); !force.empty() && force != "0") return true;
  return ::isatty(descriptor) != 0 && get_env("TERM").value_or("") != "dumb";
}

Shell make_shell() {
  Shell shell;
  shell.surroundings.get_env = get_env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    shell.surroundings.env_names.emplace_back(text.substr(0, text.find('=')));
  }
  shell.out_colour = wants_colour(STDOUT_FILENO);
  shell.err_terminal = ::isatty(STDERR_FILENO) != 0;
  return shell;
}

void add_setting_flags(CLI::App& command, Shell& shell) {
  command.add_option("--config", shell.surroundings.config_path,
                     "Settings file (default: firstmate.yaml, /etc/firstmate/firstmate.yaml)");
  for (const SettingSpec& spec : setting_specs()) {
    const std::string flag = flag_name(spec);
    if (flag.empty()) continue;
    const std::string description =
        fmt::format("{}{}", spec.description, spec.fallback.empty() ? "" : fmt::format(" [{}]", spec.fallback));
    command
        .add_option_function<std::string>(
            flag,
            [&shell, name = std::string(spec.name)](const std::string& value) {
              shell.surroundings.flags[name] = value;
            },
            description)
        ->group("Settings");
  }
}

void add_output(CLI::App& command, Shell& shell) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&shell](const std::string& value) { shell.json = value == "json"; }, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

}  // namespace

int report(const Error& error) {
  fmt::print(stderr, "firstmate: {}\n", error.full());
  if (!error.remedy.empty()) fmt::print(stderr, "  → {}\n", error.remedy);
  return kFailed;
}

int run_cli(int argc, char** argv) {
  Shell shell = make_shell();
  CLI::App cli{"firstmate: an AI first mate for the people on call", "firstmate"};
  cli.set_version_flag("--version", std::string("firstmate ") + FM_VERSION);
  cli.require_subcommand(1);
  cli.footer(
      "Every setting may stand in firstmate.yaml, in the environment (FIRSTMATE_…) or on the command line: firstmate "
      "config view");
  int code = kDone;

  auto* serve = cli.add_subcommand("serve", "Take webhooks in, analyse failures, tell people, serve the page");
  add_setting_flags(*serve, shell);
  serve->callback([&] { code = cmd_serve(shell); });

  DemoOptions demo_options;
  auto* demo = cli.add_subcommand("demo", "Show the main job at once on recorded failing builds: no account, no key");
  demo->add_flag("--once", demo_options.once, "Print the explained failures and leave, instead of serving the page");
  add_setting_flags(*demo, shell);
  demo->callback([&] { code = cmd_demo(shell, demo_options); });

  auto* logs = cli.add_subcommand("logs", "Read logs");
  logs->require_subcommand(1);
  TriageCommand triage_options;
  auto* triage = logs->add_subcommand("triage", "Say what broke in a failed build's log, and how to mend it");
  triage
      ->add_option("FILE", triage_options.file,
                   "The log; - reads standard input: gh run view --log-failed | firstmate logs triage -")
      ->required();
  triage->add_option("--passing", triage_options.passing,
                     "The log of the same job when it last passed: what is new since then weighs more");
  triage->add_option("--fail-on", triage_options.fail_on,
                     "Exit 3 when a cause was found: `any`, or one category (compile_error, test_assertion, …)");
  add_output(*triage, shell);
  triage->callback([&] { code = cmd_logs_triage(shell, triage_options); });

  ReplayOptions replay_options;
  auto* replay = cli.add_subcommand("replay", "Send recorded webhook payloads, signed, to a server");
  replay->add_option("FILE", replay_options.files, "Payloads (JSON) as GitHub sent them")->required();
  replay->add_option("--url", replay_options.url,
                     "The server (default: FIRSTMATE_URL, else the one that runs on this machine)");
  replay->add_option("--event", replay_options.event, "Value of X-GitHub-Event (default: told by the payload)");
  replay->add_flag("--new", replay_options.fresh, "Give each delivery a new id, so that it counts as new");
  add_output(*replay, shell);
  add_setting_flags(*replay, shell);
  replay->callback([&] { code = cmd_replay(shell, replay_options); });

  auto* doctor = cli.add_subcommand(
      "doctor", "Check configuration, store, disk, ports, clock, GitHub and Slack; each fault with its remedy");
  add_output(*doctor, shell);
  add_setting_flags(*doctor, shell);
  doctor->callback([&] { code = cmd_doctor(shell); });

  auto* config = cli.add_subcommand("config", "Look at settings");
  config->require_subcommand(1);
  bool origins = false;
  auto* view = config->add_subcommand("view", "All settings in force; secrets are not shown");
  view->add_flag("--origins", origins, "Where each value comes from");
  add_output(*view, shell);
  add_setting_flags(*view, shell);
  view->callback([&] { code = cmd_config_view(shell, origins); });
  auto* check = config->add_subcommand("check", "Say what is wrong with the settings, if anything");
  add_output(*check, shell);
  add_setting_flags(*check, shell);
  check->callback([&] { code = cmd_config_check(shell); });

  auto* login = cli.add_subcommand("login-link", "Print a one-time link that signs you in as the administrator");
  add_setting_flags(*login, shell);
  add_output(*login, shell);
  login->callback([&] { code = cmd_login_link(shell); });

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int printed = cli.exit(error);
    return printed == 0 ? kDone : kUsage;
  }
  return code;
}

}  // namespace fm::app
