#include "app/settings.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/file.h"
#include "base/text.h"

namespace fm::app {
namespace {

// Faults gathered over the whole load, so that a person mends them in one go.
struct Faults {
  std::string text;
  Code code = Code::invalid;
  void add(const std::string& fault) { text += (text.empty() ? "" : "\n") + fault; }
};

const SettingSpec* spec_of(std::string_view name) {
  for (const SettingSpec& spec : setting_specs()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

// Edit distance, small strings: for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string suggestion(std::string_view unknown, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t best_distance = 4;
  for (const std::string& one : known) {
    const std::size_t d = distance(unknown, one);
    if (d < best_distance) {
      best = &one;
      best_distance = d;
    }
  }
  return best == nullptr ? "see `firstmate config view`" : fmt::format("did you mean {}?", *best);
}

Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(Code::invalid, fmt::format("'{}' is no whole number", text));
  return value;
}

// A number and a unit: the unit's factor, or nothing for an unknown one.
Result<std::pair<double, std::string_view>> number_and_unit(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // 1e15 milliseconds or bytes are beyond every range, and every unit of them still fits an integer.
  if (error != std::errc{} || !(value >= 0 && value < 1e15)) {
    return fail(Code::invalid, fmt::format("'{}' does not begin with a number of a usable size", text));
  }
  return std::pair{value, trim(text.substr(static_cast<std::size_t>(end - text.data())))};
}

Result<void> check_range(const SettingSpec& spec, std::int64_t value, std::string_view unit) {
  const std::size_t dots = spec.range.find("..");
  if (dots == std::string_view::npos) return {};
  const std::int64_t low = *parse_integer(spec.range.substr(0, dots));
  const std::int64_t high = *parse_integer(spec.range.substr(dots + 2));
  if (value >= low && value <= high) return {};
  return fail(Code::invalid, fmt::format("{} is out of range: use {} to {}{}", value, low, high, unit));
}

Result<void> check_value(const SettingSpec& spec, const std::string& text) {
  switch (spec.type) {
    case Type::text:
    case Type::list:
      return {};
    case Type::integer: {
      TRY(const std::int64_t value, parse_integer(text));
      return check_range(spec, value, "");
    }
    case Type::boolean:
      if (text == "true" || text == "false") return {};
      return fail(Code::invalid, fmt::format("'{}' is neither true nor false", text));
    case Type::duration: {
      TRY(const Millis value, parse_duration(text));
      return check_range(spec, value.count() / 1000, " seconds");
    }
    case Type::bytes: {
      TRY(const std::int64_t value, parse_bytes(text));
      return check_range(spec, value, " bytes");
    }
    case Type::choice: {
      for (const std::string_view option : split(spec.range, '|')) {
        if (text == option) return {};
      }
      return fail(Code::invalid,
                  fmt::format("'{}' is none of {}", text, replace_all(std::string(spec.range), "|", ", ")));
    }
    case Type::url:
      if (text.empty() || text.starts_with("https://") || text.starts_with("http://")) return {};
      return fail(Code::invalid, fmt::format("'{}' is no address: it must begin with https:// or http://", text));
  }
  return {};
}

std::string as_text(const YAML::Node& node) {
  if (!node.IsSequence()) return node.as<std::string>();
  std::string joined;
  for (const YAML::Node& item : node) joined += (joined.empty() ? "" : ",") + item.as<std::string>();
  return joined;
}

// The file's leaves by setting name.
void flatten(const YAML::Node& node, const std::string& prefix, std::map<std::string, std::string>& out) {
  for (const auto& entry : node) {
    const std::string key = prefix + entry.first.as<std::string>();
    if (entry.second.IsMap()) {
      flatten(entry.second, key + ".", out);
    } else if (!entry.second.IsNull()) {
      out[key] = as_text(entry.second);
    }
  }
}

Result<std::map<std::string, std::string>> read_yaml(const std::string& path) {
  TRY(const std::string text, read_file(path, 4 << 20));
  std::map<std::string, std::string> leaves;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsNull() && !root.IsMap())
      return fail(Code::invalid, fmt::format("{} holds no settings: write `name: value` lines", path));
    flatten(root, "", leaves);
  } catch (const YAML::Exception& error) {
    return fail(Code::invalid, fmt::format("{} is not YAML: {}", path, error.what()));
  }
  return leaves;
}

// The file to read: named, or the first of the usual places that exists. Empty: none.
Result<std::string> find_file(const Surroundings& around) {
  std::string named = around.config_path;
  if (named.empty()) named = around.get_env("FIRSTMATE_CONFIG").value_or("");
  if (!named.empty()) {
    if (!read_file(named, 4 << 20))
      return fail(Code::not_found, fmt::format("the settings file {} cannot be read", named),
                  "check --config or FIRSTMATE_CONFIG");
    return named;
  }
  for (const char* usual : {"firstmate.yaml", "/etc/firstmate/firstmate.yaml"}) {
    if (read_file(usual, 4 << 20)) return std::string(usual);
  }
  return std::string();
}

}  // namespace

std::string_view to_string(Type type) {
  switch (type) {
    case Type::text:
      return "text";
    case Type::integer:
      return "integer";
    case Type::boolean:
      return "boolean";
    case Type::duration:
      return "duration";
    case Type::bytes:
      return "bytes";
    case Type::list:
      return "list";
    case Type::choice:
      return "choice";
    case Type::url:
      return "url";
  }
  return "text";
}

std::string env_name(const SettingSpec& spec) {
  std::string name = "FIRSTMATE_";
  for (const char c : spec.name) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string flag_name(const SettingSpec& spec) {
  if (spec.secret) return {};
  return "--" + replace_all(replace_all(std::string(spec.name), ".", "-"), "_", "-");
}

Result<Millis> parse_duration(std::string_view text) {
  TRY(const auto parsed, number_and_unit(text));
  const auto& [value, unit] = parsed;
  double ms = 0;
  if (unit == "ms")
    ms = value;
  else if (unit.empty() || unit == "s")
    ms = value * 1000;
  else if (unit == "m" || unit == "min")
    ms = value * 60'000;
  else if (unit == "h")
    ms = value * 3'600'000;
  else if (unit == "d")
    ms = value * 86'400'000;
  else
    return fail(Code::invalid, fmt::format("'{}' has no unit of time: use ms, s, m, h or d", text));
  if (ms >= 9e18) return fail(Code::invalid, fmt::format("'{}' is too long", text));
  return Millis{static_cast<std::int64_t>(ms)};
}

Result<std::int64_t> parse_bytes(std::string_view text) {
  TRY(const auto parsed, number_and_unit(text));
  const auto& [value, unit] = parsed;
  const std::string lower = to_lower(unit);
  double factor = 0;
  if (lower.empty() || lower == "b")
    factor = 1;
  else if (lower == "k" || lower == "kb")
    factor = 1e3;
  else if (lower == "m" || lower == "mb")
    factor = 1e6;
  else if (lower == "g" || lower == "gb")
    factor = 1e9;
  else if (lower == "kib")
    factor = 1024.0;
  else if (lower == "mib")
    factor = 1024.0 * 1024;
  else if (lower == "gib")
    factor = 1024.0 * 1024 * 1024;
  else
    return fail(Code::invalid, fmt::format("'{}' has no unit of size: use KB, MB, GB, KiB, MiB or GiB", text));
  if (value * factor >= 9e18) return fail(Code::invalid, fmt::format("'{}' is too much", text));
  return static_cast<std::int64_t>(value * factor);
}

Result<Settings> Settings::load(const Surroundings& around) {
  Settings settings;
  Faults faults;
  for (const SettingSpec& spec : setting_specs())
    settings.values_[std::string(spec.name)] = {std::string(spec.fallback), "default", {}};

  TRY(settings.file_, find_file(around));
  if (!settings.file_.empty()) {
    TRY(const auto leaves, read_yaml(settings.file_));
    std::vector<std::string> names;
    for (const SettingSpec& spec : setting_specs()) names.emplace_back(spec.name);
    for (const auto& [name, text] : leaves) {
      const SettingSpec* spec = spec_of(name);
      if (spec == nullptr) {
        faults.add(fmt::format("{}: there is no setting {}; {}", settings.file_, name, suggestion(name, names)));
      } else if (spec->secret && !identity::is_secret_reference(text)) {
        faults.add(
            fmt::format("{}: {} is a secret and may not stand in the file; write a reference "
                        "(env:FIRSTMATE_SECRET_NAME or file:NAME)",
                        settings.file_, name));
      } else {
        settings.values_[name] = {text, "file " + settings.file_, {}};
      }
    }
  }
  std::vector<std::string> env_names;
  for (const SettingSpec& spec : setting_specs()) {
    env_names.push_back(env_name(spec));
    if (const auto value = around.get_env(env_names.back()); value && !value->empty()) {
      settings.values_[std::string(spec.name)] = {*value, "environment " + env_names.back(), {}};
    }
  }
  for (const std::string& name : around.env_names) {
    const bool ours = name.starts_with("FIRSTMATE_") && !name.starts_with("FIRSTMATE_SECRET_");
    const bool other = name == "FIRSTMATE_CONFIG" || name == "FIRSTMATE_URL" || name == "FIRSTMATE_API_KEY" ||
                       name == "FIRSTMATE_MODELS" || name.starts_with("FIRSTMATE_BUILD_");
    if (ours && !other && std::find(env_names.begin(), env_names.end(), name) == env_names.end()) {
      settings.warnings_.push_back(
          fmt::format("the variable {} is no setting and is ignored; {}", name, suggestion(name, env_names)));
    }
  }
  for (const auto& [name, text] : around.flags) {
    const SettingSpec* spec = spec_of(name);
    assert(spec != nullptr && !spec->secret);
    settings.values_[name] = {text, "flag " + flag_name(*spec), {}};
  }

  const std::string secrets_dir = settings.text("secrets.dir");
  for (const SettingSpec& spec : setting_specs()) {
    SettingValue& value = settings.values_[std::string(spec.name)];
    if (spec.secret && identity::is_secret_reference(value.text)) {
      value.reference = value.text;
      value.text.clear();
      auto resolved = identity::resolve_secret(value.reference, secrets_dir, around.get_env);
      if (resolved) {
        value.text = *resolved;
      } else {
        faults.add(
            fmt::format("{} ({}): {}; {}", spec.name, value.origin, resolved.error().full(), resolved.error().remedy));
      }
    }
    if (auto checked = check_value(spec, value.text); !checked) {
      faults.add(fmt::format("{} ({}): {}", spec.name, value.origin, checked.error().message));
    }
  }
  const std::string admin_key = settings.text("admin_key");
  if (!admin_key.empty() && admin_key.size() < 32)
    faults.add("admin_key: shorter than 32 characters; make one with `openssl rand -hex 32`");
  if (!settings.text("github.app_id").empty() &&
      (settings.text("github.app_installation_id").empty() || settings.text("github.app_private_key").empty())) {
    faults.add("github.app_id needs github.app_installation_id and github.app_private_key beside it");
  }
  if (settings.text("slack.bot_token").empty() != settings.text("slack.channel").empty()) {
    settings.warnings_.push_back(settings.text("slack.channel").empty()
                                     ? "slack.bot_token is set, but slack.channel is not: nothing will be told"
                                     : "slack.channel is set, but slack.bot_token is not: nothing will be told");
  }
  if (!settings.text("store.url").starts_with("sqlite:"))
    faults.add("store.url: only sqlite: is supported by this version");
  if (!faults.text.empty()) return fail(faults.code, faults.text, "mend these, then try `firstmate config check`");
  return settings;
}

const SettingValue& Settings::value(std::string_view name) const {
  const auto found = values_.find(name);
  assert(found != values_.end());
  return found->second;
}

std::string Settings::text(std::string_view name) const { return value(name).text; }
std::int64_t Settings::integer(std::string_view name) const {
  const std::string& text = value(name).text;
  const SettingSpec* spec = spec_of(name);
  return (spec != nullptr && spec->type == Type::bytes ? parse_bytes(text) : parse_integer(text)).value_or(0);
}
bool Settings::boolean(std::string_view name) const { return value(name).text == "true"; }
Millis Settings::duration(std::string_view name) const { return parse_duration(value(name).text).value_or(Millis{0}); }

std::vector<std::string> Settings::list(std::string_view name) const {
  std::vector<std::string> items;
  for (const std::string_view item : split(value(name).text, ',')) {
    if (!trim(item).empty()) items.emplace_back(trim(item));
  }
  return items;
}

void Settings::override_with(std::string_view name, std::string text, std::string origin) {
  values_[std::string(name)] = {std::move(text), std::move(origin), {}};
}

}  // namespace fm::app
