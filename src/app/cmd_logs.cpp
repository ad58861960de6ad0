// firstmate logs triage FILE|- [--passing FILE]: the pipeline's analysis on a pipe. Opens no store.
#include <fmt/format.h>

#include "app/app.h"
#include "app/commands.h"
#include "base/file.h"
#include "base/ids.h"
#include "guard/bytes.h"
#include "guard/redact.h"
#include "logs/triage.h"

namespace fm::app {
namespace {

Result<std::string> read_log(const std::string& file) {
  if (file == "-") return read_stdin();
  return read_file(file);
}

// The installation's key when this user may read it, so that pseudonyms agree with the server's; else one for this run.
guard::Redactor redactor_for(const Shell& shell) {
  const auto key = read_file(default_data_dir(shell.surroundings.get_env) + "/redact.key", 4096);
  const auto bytes = key ? guard::from_hex(key->substr(0, key->find('\n'))) : std::nullopt;
  return guard::Redactor(bytes ? *bytes : random_bytes(32));
}

}  // namespace

int cmd_logs_triage(const Shell& shell, const TriageCommand& options) {
  if (!options.fail_on.empty() && options.fail_on != "any" && !logs::is_category(options.fail_on)) {
    fmt::print(stderr, "firstmate: --fail-on takes `any` or a category; there is no '{}'\n", options.fail_on);
    return kUsage;
  }
  const auto log = read_log(options.file);
  if (!log) return report(log.error());
  std::optional<std::string> passing;
  if (!options.passing.empty()) {
    auto read = read_log(options.passing);
    if (!read) return report(read.error());
    passing = *std::move(read);
  }
  const auto rules = load_rules();
  if (!rules) return report(rules.error());
  const logs::Triage triage =
      logs::triage(*log, passing ? std::optional<std::string_view>(*passing) : std::nullopt, *rules);
  const guard::Redactor redactor = redactor_for(shell);
  const std::string answer = shell.json ? to_json(json::value(logs::to_json(triage))) + "\n"
                                        : logs::render_text(triage, *log, shell.out_colour);
  const std::string safe = redactor.redact_text(answer);
  std::fwrite(safe.data(), 1, safe.size(), stdout);
  const bool found = !triage.blocks.empty();
  const bool wanted =
      options.fail_on == "any" ? found : !options.fail_on.empty() && triage.cause.category == options.fail_on;
  return wanted ? kFound : kDone;
}

}  // namespace fm::app
