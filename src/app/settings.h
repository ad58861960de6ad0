// Every setting in one table: name, type, unit, default, range, secret, description; and the values in force with
// their origin. Later wins: default < file firstmate.yaml < environment < flag.
//
//   github.api_url  =  FIRSTMATE_GITHUB_API_URL  =  github: {api_url: …}  =  --github-api-url
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/secrets.h"

namespace fm::app {

enum class Type { text, integer, boolean, duration, bytes, list, choice, url };
std::string_view to_string(Type type);

struct SettingSpec {
  std::string_view name;  // "github.api_url"; a name without a section is a top-level key
  Type type;
  std::string_view fallback;  // as a person would write it
  std::string_view range;     // integer, duration, bytes: "1..64" in the type's unit; choice: "a|b|c"; else empty
  bool secret;                // value or reference in the environment, reference only in the file, never a flag
  std::string_view description;
};

std::span<const SettingSpec> setting_specs();
std::string env_name(const SettingSpec& spec);   // FIRSTMATE_GITHUB_API_URL
std::string flag_name(const SettingSpec& spec);  // --github-api-url; empty for secrets

struct SettingValue {
  std::string text;                // as given; for a secret the resolved value
  std::string origin = "default";  // "default", "file firstmate.yaml", "environment FIRSTMATE_…", "flag --…"
  std::string reference;           // of a secret that came by reference
};

// What the process was started with; passed in so that tests own it.
struct Surroundings {
  identity::GetEnv get_env;
  std::vector<std::string> env_names;        // all names, to find unknown FIRSTMATE_*
  std::map<std::string, std::string> flags;  // by setting name
  std::string config_path;  // --config; empty: FIRSTMATE_CONFIG, ./firstmate.yaml, /etc/firstmate/firstmate.yaml
};

class Settings {
 public:
  // Errors (invalid, not_found): every fault found, a line each, with its remedy. warnings() holds what does not stop.
  static Result<Settings> load(const Surroundings& surroundings);

  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;  // also bytes
  bool boolean(std::string_view name) const;
  Millis duration(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  const SettingValue& value(std::string_view name) const;

  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::string& file() const { return file_; }

  // In place of what was loaded, for `demo` and tests.
  void override_with(std::string_view name, std::string text, std::string origin);

 private:
  std::map<std::string, SettingValue, std::less<>> values_;
  std::vector<std::string> warnings_;
  std::string file_;
};

// "90s", "15m", "2h", "7d", "250ms" or plain seconds; "64MiB", "2GB", "512k" or plain bytes. Errors: invalid.
Result<Millis> parse_duration(std::string_view text);
Result<std::int64_t> parse_bytes(std::string_view text);

}  // namespace fm::app
