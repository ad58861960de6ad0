#include "base/clock.h"

#include <charconv>

#include <fmt/format.h>

namespace fm {

UnixMs SystemClock::now_ms() const {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string to_rfc3339(UnixMs time) {
  using namespace std::chrono;
  const sys_time<Millis> point{Millis{time}};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss clock{point - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

namespace {

// Reads exactly `digits` digits at `at`; moves `at` on. -1 when there are not that many.
int number_at(std::string_view text, size_t& at, size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  const char* first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + digits, value);
  if (error != std::errc{} || end != first + digits || *first == '-') return -1;
  at += digits;
  return value;
}

bool skip(std::string_view text, size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

}  // namespace

Result<UnixMs> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto bad = [&] { return fail(Code::invalid, fmt::format("'{}' is not an RFC 3339 time", text)); };
  size_t at = 0;
  const int y = number_at(text, at, 4);
  if (y < 0 || !skip(text, at, '-')) return bad();
  const int mo = number_at(text, at, 2);
  if (mo < 0 || !skip(text, at, '-')) return bad();
  const int d = number_at(text, at, 2);
  if (d < 0 || at >= text.size() || (text[at] != 'T' && text[at] != 't' && text[at] != ' ')) return bad();
  ++at;
  const int h = number_at(text, at, 2);
  if (h < 0 || !skip(text, at, ':')) return bad();
  const int mi = number_at(text, at, 2);
  if (mi < 0 || !skip(text, at, ':')) return bad();
  const int s = number_at(text, at, 2);
  if (s < 0 || h > 23 || mi > 59 || s > 60) return bad();
  int ms = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    int scale = 100;
    const size_t from = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) ms += (text[at] - '0') * scale;
    if (at == from) return bad();
  }
  int offset_minutes = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int sign = text[at++] == '+' ? 1 : -1;
    const int oh = number_at(text, at, 2);
    skip(text, at, ':');
    const int om = number_at(text, at, 2);
    if (oh < 0 || om < 0) return bad();
    offset_minutes = sign * (oh * 60 + om);
  } else {
    return bad();
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (at != text.size() || !date.ok()) return bad();
  const sys_time<Millis> point = sys_days{date} + hours{h} + minutes{mi - offset_minutes} + seconds{s} + Millis{ms};
  return point.time_since_epoch().count();
}

}  // namespace fm
