#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "store/db.h"
#include "telemetry/log.h"

namespace fm::store {
namespace {

struct Applied {
  std::string name;
  std::string version;
};

// Where the quoted text, quoted name or comment that starts at `at` ends; `at` itself when none starts there.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const auto behind = [&](std::string_view end, std::size_t from) {
    const std::size_t found = sql.find(end, from);
    return found == std::string_view::npos ? sql.size() : found + end.size();
  };
  if (sql[at] == '\'' || sql[at] == '"') return behind(sql.substr(at, 1), at + 1);
  if (sql.substr(at, 2) == "--") return behind("\n", at);
  if (sql.substr(at, 2) == "/*") return behind("*/", at + 2);
  return at;
}

// The statements of a script, in order. ';' inside quotes and comments does not end one.
std::vector<std::string_view> statements_of(std::string_view sql) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool has_text = false;
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t behind = skip_quoted(sql, at); behind != at) {
      has_text = has_text || sql[at] == '"';
      at = behind;
    } else if (sql[at] == ';') {
      if (has_text) out.push_back(sql.substr(start, at - start));
      start = ++at;
      has_text = false;
    } else {
      has_text = has_text || static_cast<unsigned char>(sql[at]) > ' ';
      ++at;
    }
  }
  if (has_text) out.push_back(sql.substr(start));
  return out;
}

Result<std::map<int, Applied>> load_applied(const Context& context, Db& db) {
  TRY_VOID(db.write(context, [](Tx& tx) {
    return tx.run(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " version TEXT NOT NULL, applied_at BIGINT NOT NULL)");
  }));
  std::map<int, Applied> applied;
  TRY_VOID(db.read("SELECT number, name, version FROM schema_migrations", {}, [&](const Row& row) {
    applied[static_cast<int>(row.integer(0))] = {std::string(row.text(1)), std::string(row.text(2))};
  }));
  return applied;
}

Result<void> refuse_newer(const std::map<int, Applied>& applied, std::span<const Migration> known) {
  for (const auto& [number, step] : applied) {
    const auto same = [&](const Migration& migration) {
      return migration.number == number && migration.name == step.name;
    };
    if (std::ranges::any_of(known, same)) continue;
    return fail(Code::conflict,
                fmt::format("the store holds step {} ({}) of the schema, which this firstmate does not know", number,
                            step.name),
                fmt::format("use firstmate {} or newer, or restore a backup made by this version", step.version));
  }
  return {};
}

Result<void> apply(const Context& context, Db& db, const Migration& migration) {
  auto done = db.write(context, [&](Tx& tx) -> Result<void> {
    for (const std::string_view statement : statements_of(migration.sql)) TRY_VOID(tx.run(statement));
    return tx.run(
        "INSERT INTO schema_migrations (number, name, version, applied_at) VALUES ($1, $2, $3, $4)",
        {std::int64_t{migration.number}, migration.name, std::string_view(FM_VERSION), context.clock().now_ms()});
  });
  if (!done) return fail(std::move(done).error(), fmt::format("schema step {} ({})", migration.number, migration.name));
  telemetry::debug("schema step applied",
                   {{"number", std::int64_t{migration.number}}, {"name", std::string(migration.name)}});
  return {};
}

}  // namespace

Result<void> migrate(const Context& context, Db& db, std::span<const Migration> migrations) {
  TRY(const auto applied, load_applied(context, db));
  TRY_VOID(refuse_newer(applied, migrations));
  std::vector<Migration> missing;
  std::ranges::copy_if(migrations, std::back_inserter(missing),
                       [&](const Migration& m) { return !applied.contains(m.number); });
  std::ranges::sort(missing, {}, &Migration::number);
  for (const Migration& migration : missing) TRY_VOID(apply(context, db, migration));
  return {};
}

}  // namespace fm::store
