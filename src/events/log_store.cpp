#include "events/log_store.h"

#include <algorithm>

#include "base/compress.h"
#include "logs/line_index.h"

namespace fm::events {
namespace {

constexpr std::size_t kLinesPerPiece = 2000;
constexpr int kLevel = 3;

// What we stored ourselves and cannot read is a fault of ours, whatever is wrong with it.
Result<std::string> unpack(std::string_view packed) {
  auto text = decompress(packed);
  if (text) return *std::move(text);
  Error error = with_context(std::move(text).error(), "a stored piece of a log is damaged");
  error.code = Code::internal;
  return std::unexpected(std::move(error));
}

}  // namespace

std::vector<LogPiece> pack_log(std::string_view log) {
  std::vector<LogPiece> pieces;
  const logs::LineIndex index(log);
  for (std::size_t first = 1; first <= index.size(); first += kLinesPerPiece) {
    const std::size_t count = std::min(kLinesPerPiece, index.size() - first + 1);
    std::string text;
    for (std::size_t n = first; n < first + count; ++n) {
      text += index.line(n);
      text += '\n';
    }
    pieces.push_back({first, count, compress(text, kLevel)});
  }
  return pieces;
}

Result<void> put_log(store::Tx& tx, std::string_view occurrence_id, const std::vector<LogPiece>& pieces) {
  TRY_VOID(tx.run("DELETE FROM log_chunks WHERE occurrence_id = $1", {occurrence_id}));
  for (const LogPiece& piece : pieces) {
    TRY_VOID(tx.run(
        "INSERT INTO log_chunks (occurrence_id, first_line, line_count, size_bytes, data) VALUES ($1, $2, $3, $4, $5)",
        {occurrence_id, static_cast<std::int64_t>(piece.first_line), static_cast<std::int64_t>(piece.line_count),
         static_cast<std::int64_t>(piece.packed.size()), store::Blob{piece.packed}}));
  }
  return {};
}

Result<std::vector<std::string>> load_log_lines(store::Db& db, std::string_view occurrence_id, std::size_t from,
                                                std::size_t limit) {
  std::vector<LogPiece> pieces;
  const auto first = static_cast<std::int64_t>(from);
  const auto last = static_cast<std::int64_t>(from + limit);
  TRY_VOID(
      db.read("SELECT first_line, line_count, data FROM log_chunks WHERE occurrence_id = $1 AND first_line < $2"
              " AND first_line + line_count > $3 ORDER BY first_line",
              {occurrence_id, last, first}, [&](const store::Row& row) {
                pieces.push_back({static_cast<std::size_t>(row.integer(0)), static_cast<std::size_t>(row.integer(1)),
                                  std::string(row.text(2))});
              }));
  std::vector<std::string> lines;
  for (const LogPiece& piece : pieces) {
    TRY(const std::string text, unpack(piece.packed));
    std::size_t n = piece.first_line;
    for (std::size_t at = 0; at < text.size(); ++n) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (n >= from && n < from + limit) lines.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

Result<std::string> load_log(store::Db& db, std::string_view occurrence_id) {
  std::vector<std::string> packed;
  TRY_VOID(db.read("SELECT data FROM log_chunks WHERE occurrence_id = $1 ORDER BY first_line", {occurrence_id},
                   [&](const store::Row& row) { packed.emplace_back(row.text(0)); }));
  std::string all;
  for (const std::string& piece : packed) {
    TRY(const std::string text, unpack(piece));
    all += text;
  }
  return all;
}

}  // namespace fm::events
