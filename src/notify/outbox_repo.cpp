// The outbox's tables, and what goes into them (outbox.h). What comes out is in dispatch_repo.cpp.
#include <array>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "notify/outbox.h"

namespace fm::notify {
namespace {

using store::Row;
using store::Tx;

// A message is a root (root_id is null), a reply in its root's thread, or a digest, which stands for the roots that
// name it as digest_id and are never sent themselves. version counts what people should see, sent_version what they do.
// state: 0 queued, 1 sending, 2 sent, 3 failed. uncertain: an attempt to post it ended without an answer.
constexpr std::array kMigrations = {store::Migration{300, "notices", R"sql(
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  failure_group TEXT NOT NULL,
  run TEXT NOT NULL,
  root_id TEXT,
  digest_id TEXT,
  is_digest INTEGER NOT NULL DEFAULT 0,
  detached INTEGER NOT NULL DEFAULT 0,
  broadcast INTEGER NOT NULL DEFAULT 0,
  card TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 1,
  sending_version BIGINT NOT NULL DEFAULT 0,
  sent_version BIGINT NOT NULL DEFAULT 0,
  token TEXT NOT NULL,
  channel_id TEXT,
  message_id TEXT,
  permalink TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  uncertain INTEGER NOT NULL DEFAULT 0,
  maybe_repeated INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  due_at BIGINT NOT NULL,
  sending_until BIGINT NOT NULL DEFAULT 0,
  failing_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  sent_at BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notices_message ON notices (channel, run);
CREATE UNIQUE INDEX notices_thread ON notices (channel, failure_group) WHERE root_id IS NULL AND is_digest = 0;
CREATE INDEX notices_run ON notices (run);
CREATE INDEX notices_group ON notices (failure_group);
CREATE INDEX notices_due ON notices (channel, due_at) WHERE state = 0;
CREATE INDEX notices_sending ON notices (sending_until) WHERE state = 1;
CREATE INDEX notices_failed ON notices (updated_at) WHERE state = 3;
CREATE INDEX notices_old ON notices (updated_at) WHERE state >= 2;
CREATE INDEX notices_digest ON notices (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX notices_root ON notices (root_id) WHERE root_id IS NOT NULL;
)sql"}};

// How long after its last word a thread is so old that nobody sees a new reply in it.
constexpr Millis kQuiet{7 * 24 * 3'600'000};

// A message that is to be shown anew: what people see lags behind, and a failed one gets another chance.
constexpr std::string_view kChanged =
    "version = version + 1, state = CASE WHEN state = 1 THEN 1 ELSE 0 END, due_at = $2, updated_at = $2,"
    " attempts = CASE WHEN state = 3 THEN 0 ELSE attempts END, failing_since = CASE WHEN state = 3 THEN 0 ELSE "
    "failing_since END";

struct Known {
  std::string id, card, digest_id;
  UnixMs updated_at = 0;
};

Result<std::optional<Known>> load_one(Tx& tx, std::string_view where, store::Values values) {
  std::optional<Known> known;
  TRY_VOID(tx.run(
      fmt::format("SELECT id, card, digest_id, updated_at FROM notices WHERE {}", where), values, [&](const Row& row) {
        known = Known{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), row.integer(3)};
      }));
  return known;
}

std::string text_of(const Card& card) { return fm::to_json(json::value(to_json(card))); }

Result<Card> card_of(std::string_view text) {
  TRY(const json::value value, parse_json(text));
  return card_from_json(value);
}

// A member of a digest is shown there: the digest is what changes.
Result<void> touch(Tx& tx, const Known& known, std::string_view card, UnixMs now) {
  if (known.digest_id.empty()) {
    return tx.run(fmt::format("UPDATE notices SET card = $3, {} WHERE id = $1", kChanged), {known.id, now, card});
  }
  TRY_VOID(tx.run("UPDATE notices SET card = $3, updated_at = $2 WHERE id = $1", {known.id, now, card}));
  return tx.run(fmt::format("UPDATE notices SET {} WHERE id = $1", kChanged), {known.digest_id, now});
}

// The root tells how often, and that it fails again.
Result<void> touch_root(Tx& tx, const Known& root, bool was_recovered, Card card, const Card& recurrence, UnixMs now) {
  if (was_recovered) {
    card.state = CardState::failing;
    card.recovered_by.clear();
  } else if (card.recurrence == recurrence.recurrence) {
    return {};
  }
  card.recurrence = recurrence.recurrence;
  return touch(tx, root, text_of(card), now);
}

Result<void> insert(Tx& tx, const Notice& notice, std::string_view root_id, bool broadcast, const Clock& clock) {
  const std::string id = new_id("ntc_", clock);
  const std::string token = random_hex(12);
  const UnixMs now = clock.now_ms();
  return tx.run(
      "INSERT INTO notices (id, channel, failure_group, run, root_id, broadcast, card, token, due_at, created_at, "
      "updated_at)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)",
      {id, notice.channel, notice.group, notice.run, store::null_if_empty(root_id), std::int64_t{broadcast},
       text_of(notice.card), token, now});
}

Result<void> recover_where(Tx& tx, std::string_view column, std::string_view key, std::string_view by, UnixMs now) {
  std::vector<Known> all;
  TRY_VOID(tx.run(fmt::format("SELECT id, card, digest_id FROM notices WHERE {} = $1 AND is_digest = 0", column), {key},
                  [&](const Row& row) {
                    all.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), 0});
                  }));
  for (const Known& known : all) {
    TRY(Card card, card_of(known.card));
    if (card.state == CardState::recovered) continue;
    card.state = CardState::recovered;
    card.recovered_by = by;
    TRY_VOID(touch(tx, known, text_of(card), now));
  }
  return {};
}

}  // namespace

std::span<const store::Migration> notify_migrations() { return kMigrations; }

Result<void> put_notice(Tx& tx, const Notice& notice, const Clock& clock) {
  const UnixMs now = clock.now_ms();
  TRY(const auto same, load_one(tx, "channel = $1 AND run = $2", {notice.channel, notice.run}));
  if (same) {
    const std::string card = text_of(notice.card);
    return card == same->card ? Result<void>() : touch(tx, *same, card, now);
  }
  TRY(const auto root, load_one(tx, "channel = $1 AND failure_group = $2 AND root_id IS NULL AND is_digest = 0",
                                {notice.channel, notice.group}));
  if (!root) return insert(tx, notice, {}, false, clock);
  TRY(Card card, card_of(root->card));
  const bool was_recovered = card.state == CardState::recovered;
  // Old threads are out of sight: what fails again after a recovery or a long silence shows in the channel too.
  const bool broadcast = was_recovered || now - root->updated_at > kQuiet.count();
  TRY_VOID(touch_root(tx, *root, was_recovered, std::move(card), notice.card, now));
  return insert(tx, notice, root->id, broadcast, clock);
}

Result<void> put_recovery(Tx& tx, std::string_view group, std::string_view by, const Clock& clock) {
  return recover_where(tx, "failure_group", group, by, clock.now_ms());
}

Result<void> put_run_recovery(Tx& tx, std::string_view run, std::string_view by, const Clock& clock) {
  return recover_where(tx, "run", run, by, clock.now_ms());
}

Result<std::int64_t> trim_notices(Tx& tx, UnixMs before, std::size_t at_most) {
  // What others still point to stays until they are gone: replies of a root, members of a digest.
  TRY_VOID(
      tx.run("DELETE FROM notices WHERE id IN (SELECT n.id FROM notices n WHERE n.state >= 2 AND n.updated_at < $1"
             " AND NOT EXISTS (SELECT 1 FROM notices r WHERE r.root_id = n.id AND (r.state < 2 OR r.updated_at >= $1))"
             " AND NOT EXISTS (SELECT 1 FROM notices m WHERE m.digest_id = n.id) ORDER BY n.updated_at LIMIT $2)",
             {before, static_cast<std::int64_t>(at_most)}));
  return tx.changes();
}

Result<void> forget_run(Tx& tx, std::string_view run) {
  std::vector<std::string> roots;
  TRY_VOID(tx.run("DELETE FROM notices WHERE run = $1 RETURNING id", {run},
                  [&](const Row& row) { roots.emplace_back(row.text(0)); }));
  for (const std::string& root : roots) {
    // The oldest of its replies, if any is left, becomes the root of the others.
    std::string next;
    TRY_VOID(tx.run("SELECT id FROM notices WHERE root_id = $1 ORDER BY id LIMIT 1", {std::string_view(root)},
                    [&](const Row& row) { next = row.text(0); }));
    if (next.empty()) continue;
    TRY_VOID(tx.run("UPDATE notices SET root_id = NULL WHERE id = $1", {std::string_view(next)}));
    TRY_VOID(
        tx.run("UPDATE notices SET root_id = $2 WHERE root_id = $1", {std::string_view(root), std::string_view(next)}));
  }
  return {};
}

Result<std::vector<NoticeState>> load_notices_of_run(store::Db& db, std::string_view run) {
  std::vector<NoticeState> states;
  TRY_VOID(
      db.read("SELECT n.id, n.channel, n.failure_group, n.run, s.state, s.permalink, s.last_error, s.attempts, "
              "s.maybe_repeated,"
              " s.due_at, s.sent_at, n.updated_at"
              " FROM notices n JOIN notices s ON s.id = COALESCE(n.digest_id, n.id) WHERE n.run = $1 AND n.is_digest = "
              "0 ORDER BY n.id",
              {run}, [&](const Row& row) {
                const std::int64_t state = row.integer(4);
                states.push_back({.id = std::string(row.text(0)),
                                  .channel = std::string(row.text(1)),
                                  .group = std::string(row.text(2)),
                                  .run = std::string(row.text(3)),
                                  .state = state == 2   ? "sent"
                                           : state == 3 ? "failed"
                                                        : "queued",
                                  .permalink = std::string(row.text(5)),
                                  .last_error = std::string(row.text(6)),
                                  .attempts = static_cast<int>(row.integer(7)),
                                  .maybe_repeated = row.integer(8) != 0,
                                  .due_at = row.integer(9),
                                  .sent_at = row.integer(10),
                                  .updated_at = row.integer(11)});
              }));
  return states;
}

Result<OutboxCounts> load_outbox_counts(store::Db& db) {
  OutboxCounts counts;
  TRY_VOID(
      db.read("SELECT count(*), COALESCE(min(created_at), 0) FROM (SELECT created_at FROM notices WHERE state = 0"
              " UNION ALL SELECT created_at FROM notices WHERE state = 1) waiting",
              {}, [&](const Row& row) {
                counts.waiting = row.integer(0);
                counts.oldest_waiting = row.integer(1);
              }));
  TRY_VOID(db.read("SELECT count(*) FROM notices WHERE state = 3", {},
                   [&](const Row& row) { counts.failed = row.integer(0); }));
  return counts;
}

}  // namespace fm::notify
