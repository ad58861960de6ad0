// firstmate config view | check
#include <fmt/format.h>

#include "app/commands.h"
#include "base/json.h"
#include "base/text.h"

namespace fm::app {
namespace {

std::string shown(const SettingSpec& spec, const SettingValue& value) {
  if (!spec.secret) return value.text;
  if (!value.reference.empty()) return value.reference;
  return value.text.empty() ? "" : "(set, not shown)";
}

}  // namespace

int cmd_config_view(const Shell& shell, bool origins) {
  const auto settings = Settings::load(shell.surroundings);
  if (!settings) return report(settings.error());
  json::array items;
  for (const SettingSpec& spec : setting_specs()) {
    const SettingValue& value = settings->value(spec.name);
    if (shell.json) {
      items.push_back({{"name", spec.name},
                       {"value", shown(spec, value)},
                       {"origin", value.origin},
                       {"type", to_string(spec.type)},
                       {"default", spec.fallback},
                       {"range", spec.range},
                       {"secret", spec.secret},
                       {"env", env_name(spec)},
                       {"flag", text_or_null(flag_name(spec))},
                       {"description", spec.description}});
    } else if (origins) {
      fmt::print("{:28} {:32} {}\n", spec.name, shown(spec, value), value.origin);
    } else {
      fmt::print("{:28} {}\n", spec.name, shown(spec, value));
    }
  }
  if (shell.json)
    fmt::print("{}\n", to_json(json::value{{"file", text_or_null(settings->file())}, {"settings", std::move(items)}}));
  return kDone;
}

int cmd_config_check(const Shell& shell) {
  const auto settings = Settings::load(shell.surroundings);
  json::array faults;
  json::array warnings;
  if (!settings) {
    for (const std::string_view fault : split(settings.error().message, '\n')) faults.emplace_back(fault);
  } else {
    for (const std::string& warning : settings->warnings()) warnings.emplace_back(warning);
  }
  if (shell.json) {
    fmt::print("{}\n", to_json(json::value{{"ok", faults.empty()}, {"faults", faults}, {"warnings", warnings}}));
  } else {
    for (const json::value& fault : faults) fmt::print("wrong    {}\n", std::string_view(fault.get_string()));
    for (const json::value& warning : warnings) fmt::print("warning  {}\n", std::string_view(warning.get_string()));
    if (faults.empty())
      fmt::print("The settings are good{}.\n",
                 settings->file().empty() ? " (no settings file)" : ": " + settings->file());
  }
  return faults.empty() ? kDone : kFailed;
}

}  // namespace fm::app
