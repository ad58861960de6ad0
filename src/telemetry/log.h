// firstmate's own log: one JSON object a line (or short text on a terminal), to standard error.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"

namespace fm::telemetry {

enum class Level { debug, info, warn, error };
Result<Level> parse_level(std::string_view name);

using Field = std::pair<std::string_view, std::variant<std::string, std::int64_t, double, bool>>;

// The sink is process-wide on purpose: log lines from every module go to the one standard error.
struct LogOptions {
  Level level = Level::info;
  bool json = true;  // false: "12:03:11 warn  message key=value"
  bool colour = false;
};
void configure_log(LogOptions options);

// Thread-safe; a line is written whole. Never log secrets: fields are written as they are.
void log(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::error, message, fields);
}

}  // namespace fm::telemetry
