#include "telemetry/log.h"

#include <atomic>
#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace fm::telemetry {
namespace {

struct Sink {
  std::atomic<Level> level{Level::info};
  std::atomic<bool> json{true};
  std::atomic<bool> colour{false};
  std::mutex write_mutex;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "info";
}

std::string as_json(UnixMs now, Level level, std::string_view message, std::initializer_list<Field> fields) {
  json::object line;
  line["ts"] = to_rfc3339(now);
  line["level"] = name_of(level);
  line["msg"] = clean_utf8(message);
  for (const auto& [key, value] : fields) {
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) {
            line[key] = clean_utf8(v);
          } else {
            line[key] = v;
          }
        },
        value);
  }
  return to_json(line) + "\n";
}

std::string as_text(UnixMs now, Level level, bool colour, std::string_view message,
                    std::initializer_list<Field> fields) {
  const std::string_view paint = !colour                 ? ""
                                 : level == Level::error ? "\033[31m"
                                 : level == Level::warn  ? "\033[33m"
                                                         : "\033[2m";
  const std::string_view plain = colour ? "\033[0m" : "";
  std::string line =
      fmt::format("{}{} {:5}{} {}", paint, to_rfc3339(now).substr(11, 8), name_of(level), plain, clean_utf8(message));
  for (const auto& [key, value] : fields) {
    std::visit([&](const auto& v) { line += fmt::format(" {}={}", key, v); }, value);
  }
  return replace_all(std::move(line), "\n", "\\n") + "\n";
}

}  // namespace

Result<Level> parse_level(std::string_view name) {
  for (const Level level : {Level::debug, Level::info, Level::warn, Level::error}) {
    if (iequals(name, name_of(level))) return level;
  }
  return fail(Code::invalid, fmt::format("'{}' is no log level", name), "use debug, info, warn or error");
}

void configure_log(LogOptions options) {
  sink().level = options.level;
  sink().json = options.json;
  sink().colour = options.colour;
}

void log(Level level, std::string_view message, std::initializer_list<Field> fields) {
  Sink& out = sink();
  if (level < out.level.load(std::memory_order_relaxed)) return;
  const UnixMs now = SystemClock().now_ms();
  const std::string line =
      out.json ? as_json(now, level, message, fields) : as_text(now, level, out.colour, message, fields);
  const std::lock_guard lock(out.write_mutex);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t put = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (put <= 0) return;  // nobody listens; the log must never stop the work
    rest.remove_prefix(static_cast<size_t>(put));
  }
}

}  // namespace fm::telemetry
