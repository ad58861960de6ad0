// Redacted logs of occurrences: compressed pieces of 2,000 lines, so that any page of a long log is read at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "store/db.h"

namespace fm::events {

struct LogPiece {
  std::size_t first_line = 1;  // 1-based
  std::size_t line_count = 0;
  std::string packed;  // zstd
};

// Splits and compresses; done before the transaction. A line is what logs::LineIndex says it is.
std::vector<LogPiece> pack_log(std::string_view log);
// Replaces what is stored for that occurrence. Inside the caller's transaction.
Result<void> put_log(store::Tx& tx, std::string_view occurrence_id, const std::vector<LogPiece>& pieces);

// Lines [from, from + limit) without their line ends, fewer at the end. from: 1-based.
Result<std::vector<std::string>> load_log_lines(store::Db& db, std::string_view occurrence_id, std::size_t from,
                                                std::size_t limit);
// The whole text, each line ended by \n.
Result<std::string> load_log(store::Db& db, std::string_view occurrence_id);

}  // namespace fm::events
