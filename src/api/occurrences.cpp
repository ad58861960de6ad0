#include "api/occurrences.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "api/failure_json.h"
#include "base/text.h"
#include "events/log_store.h"
#include "logs/envelope.h"

namespace fm::api {
namespace {

using events::OccurrenceRow;
using identity::Role;
using identity::Visitor;

constexpr std::size_t kMaxLines = 10'000;
constexpr std::size_t kMaxLineBytes = 64 * 1024;

Result<OccurrenceRow> occurrence_of(store::Db& db, const net::Request& request) {
  TRY(std::optional<OccurrenceRow> row, events::load_occurrence(db, request.path_value("id")));
  if (!row)
    return fail(Code::not_found, "there is no such occurrence",
                "look in the failure's list; retention may have removed it");
  return *std::move(row);
}

Result<std::size_t> number_of(const net::Request& request, std::string_view name, std::size_t fallback,
                              std::size_t most) {
  const std::string text = query_of(request, name);
  if (text.empty()) return fallback;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > most) {
    return fail(Code::invalid, fmt::format("{} must be a number from 1 to {}", name, most));
  }
  return value;
}

// Marks by line, from the stored blocks: looked up by binary search over sorted, non-overlapping ranges.
struct Marks {
  struct Range {
    std::int64_t start, end;
    std::string kind;
  };
  std::vector<Range> blocks;
  std::vector<Range> fresh;
  bool compared = false;

  static const Range* at(const std::vector<Range>& ranges, std::int64_t n) {
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), n,
                                        [](std::int64_t line, const Range& range) { return line < range.start; });
    if (after == ranges.begin() || std::prev(after)->end < n) return nullptr;
    return &*std::prev(after);
  }
};

Marks marks_of(const OccurrenceRow& row) {
  Marks marks;
  const json::value blocks = stored_json(row.blocks, json::array());
  if (blocks.is_array()) {
    for (const json::value& block : blocks.get_array())
      marks.blocks.push_back({int_at(block, "start"), int_at(block, "end"), text_at(block, "kind")});
  }
  marks.compared = !row.new_lines.empty();
  const json::value fresh = stored_json(row.new_lines, json::array());
  if (fresh.is_array()) {
    for (const json::value& range : fresh.get_array()) {
      if (range.is_array() && range.get_array().size() == 2) {
        marks.fresh.push_back(
            {as_int(&range.get_array()[0]).value_or(0), as_int(&range.get_array()[1]).value_or(0), {}});
      }
    }
  }
  return marks;
}

json::value line_json(std::size_t n, const std::string& raw, const Marks& marks) {
  std::string scratch;
  const std::string text = truncate_utf8(clean_utf8(logs::strip_ansi(raw, scratch)), kMaxLineBytes);
  const Marks::Range* block = Marks::at(marks.blocks, static_cast<std::int64_t>(n));
  const bool fresh = Marks::at(marks.fresh, static_cast<std::int64_t>(n)) != nullptr;
  return {{"n", n},
          {"text", text},
          {"mark", block != nullptr ? text_or_null(block->kind) : json::value(nullptr)},
          {"new", marks.compared ? json::value(fresh) : json::value(nullptr)}};
}

Result<net::Response> whole_log(store::Db& db, const OccurrenceRow& row) {
  TRY(std::string text, events::load_log(db, row.id));
  return net::Response::text(200, std::move(text))
      .with("Content-Disposition", fmt::format("attachment; filename=\"{}.log\"", row.id));
}

// Pages that leave out lines of the passing run read on until they are full.
Result<net::Response> log_page(store::Db& db, const OccurrenceRow& row, std::size_t from, std::size_t limit,
                               bool only_new) {
  const Marks marks = marks_of(row);
  const auto total = static_cast<std::size_t>(row.log_lines);
  json::array lines;
  std::size_t n = from;
  while (n <= total && lines.size() < limit) {
    const std::size_t want = only_new ? std::max<std::size_t>(limit, 2000) : limit - lines.size();
    TRY(const std::vector<std::string> read, events::load_log_lines(db, row.id, n, want));
    if (read.empty()) break;
    for (const std::string& text : read) {
      if (lines.size() == limit) break;
      if (!only_new || Marks::at(marks.fresh, static_cast<std::int64_t>(n)) != nullptr)
        lines.push_back(line_json(n, text, marks));
      ++n;
    }
  }
  return json_ok({{"lines", std::move(lines)},
                  {"total_lines", total},
                  {"steps", stored_json(row.steps, json::array())},
                  {"next_from", n <= total ? json::value(n) : json::value(nullptr)}});
}

Result<net::Response> get_log(store::Db& db, const net::Request& request) {
  TRY(const OccurrenceRow row, occurrence_of(db, request));
  if (row.log_state != "stored") {
    return fail(
        Code::not_found,
        fmt::format("the log of this job is not here: {}", row.log_reason.empty() ? row.log_state : row.log_reason),
        row.url.empty() ? "" : "look at the run itself: " + row.url);
  }
  const std::string format = query_of(request, "format");
  if (format == "text") return whole_log(db, row);
  if (!format.empty() && format != "json") return fail(Code::invalid, "format must be json or text");
  const std::string only = query_of(request, "only");
  if (!only.empty() && only != "new") return fail(Code::invalid, "only must be new");
  TRY(const std::size_t from, number_of(request, "from", 1, 2147483647));
  TRY(const std::size_t limit, number_of(request, "limit", 2000, kMaxLines));
  return log_page(db, row, from, limit, only == "new");
}

}  // namespace

void install_occurrences(net::Server& server, Gate& gate, store::Db& db) {
  server.on_pool(
      "GET", "/api/v1/occurrences/{id}",
      gate.guard(Role::viewer,
                 [&db](const Context&, const net::Request& request, const Visitor&) -> Result<net::Response> {
                   TRY(const OccurrenceRow row, occurrence_of(db, request));
                   return json_ok(occurrence_detail_json(row));
                 }));
  server.on_pool("GET", "/api/v1/occurrences/{id}/log",
                 gate.guard(Role::viewer, [&db](const Context&, const net::Request& request, const Visitor&) {
                   return get_log(db, request);
                 }));
}

}  // namespace fm::api
