#include "notify/dispatch_repo.h"

#include <fmt/format.h>

#include "base/ids.h"

namespace fm::notify {
namespace {

using store::Row;
using store::Tx;

// n: the message; r: its root; t: what stands for that root in the channel (itself, or the digest it is part of).
constexpr std::string_view kFrom =
    " FROM notices n LEFT JOIN notices r ON r.id = n.root_id LEFT JOIN notices t ON t.id = COALESCE(r.digest_id, r.id)";
// Members of a digest are not sent; a reply waits until its root is there, or has failed for good.
constexpr std::string_view kMayGo =
    " n.state = 0 AND n.digest_id IS NULL AND (n.root_id IS NULL OR n.detached = 1 OR t.id IS NULL OR t.message_id IS "
    "NOT NULL OR t.state = 3)";
constexpr std::string_view kNewRoot =
    " state = 0 AND message_id IS NULL AND root_id IS NULL AND is_digest = 0 AND digest_id IS NULL AND uncertain = 0";

Result<Card> card_of(std::string_view text) {
  TRY(const json::value value, parse_json(text));
  return card_from_json(value);
}

Result<std::optional<Claim>> select_next(Tx& tx, std::string_view channel, UnixMs now) {
  std::optional<Claim> claim;
  std::string card;
  TRY_VOID(tx.run(
      fmt::format(
          "SELECT n.id, n.run, n.card, n.token, n.broadcast, n.maybe_repeated, n.channel_id, n.message_id, n.permalink,"
          " n.uncertain, n.attempts, n.failing_since, n.created_at,"
          " CASE WHEN n.detached = 1 THEN NULL ELSE t.message_id END, n.is_digest,"
          " (SELECT max(k.channel_id) FROM notices k WHERE k.channel = n.channel AND k.channel_id IS NOT NULL)"
          "{} WHERE n.channel = $1 AND n.due_at <= $2 AND{}"
          " ORDER BY CASE WHEN n.message_id IS NOT NULL THEN 2 WHEN n.root_id IS NOT NULL THEN 1 ELSE 0 END, n.due_at, "
          "n.id LIMIT 1",
          kFrom, kMayGo),
      {channel, now}, [&](const Row& row) {
        claim.emplace();
        claim->id = row.text(0);
        if (row.integer(14) == 0) claim->runs = {std::string(row.text(1))};
        card = row.text(2);
        claim->post.channel = channel;
        claim->post.token = row.text(3);
        claim->post.broadcast = row.integer(4) != 0;
        claim->post.maybe_repeated = row.integer(5) != 0;
        claim->receipt = {std::string(row.text(6)), std::string(row.text(7)), std::string(row.text(8))};
        claim->uncertain = row.integer(9) != 0;
        claim->attempts = static_cast<int>(row.integer(10));
        claim->failing_since = row.integer(11);
        claim->created_at = row.integer(12);
        claim->post.thread_id = row.text(13);
        claim->post.channel_id = row.text(15);
      }));
  if (!claim) return claim;
  if (claim->runs.empty()) {
    std::vector<std::string> members;
    TRY_VOID(tx.run("SELECT run, card FROM notices WHERE digest_id = $1 ORDER BY id", {claim->id}, [&](const Row& row) {
      claim->runs.emplace_back(row.text(0));
      members.emplace_back(row.text(1));
    }));
    std::vector<Card> cards;
    for (const std::string& member : members) {
      TRY(Card one, card_of(member));
      cards.push_back(std::move(one));
    }
    claim->post.card = digest_of(cards);
  } else {
    TRY(claim->post.card, card_of(card));
  }
  return claim;
}

// Puts the new roots that wait into one digest when they are too many.
Result<void> fold_burst(Tx& tx, std::string_view channel, const ClaimOptions& options, const Clock& clock) {
  std::int64_t waiting = 0;
  TRY_VOID(tx.run(fmt::format("SELECT count(*) FROM notices WHERE channel = $1 AND{}", kNewRoot), {channel},
                  [&](const Row& row) { waiting = row.integer(0); }));
  if (waiting <= static_cast<std::int64_t>(options.burst)) return {};
  const std::string id = new_id("ntc_", clock);
  const std::string token = random_hex(12);
  const UnixMs now = clock.now_ms();
  TRY_VOID(tx.run(fmt::format("UPDATE notices SET digest_id = $1, state = 2, updated_at = $2 WHERE id IN"
                              " (SELECT id FROM notices WHERE channel = $3 AND{} ORDER BY id LIMIT $4)",
                              kNewRoot),
                  {id, now, channel, static_cast<std::int64_t>(options.digest_max)}));
  return tx.run(
      "INSERT INTO notices (id, channel, failure_group, run, is_digest, card, token, due_at, created_at, updated_at)"
      " SELECT $1, $2, $1, $1, 1, '{}', $3, $4, COALESCE(min(created_at), $4), $4 FROM notices WHERE digest_id = $1",
      {id, channel, token, now});
}

}  // namespace

Result<std::vector<DueChannel>> load_due_channels(store::Db& db) {
  std::vector<DueChannel> channels;
  TRY_VOID(
      db.read(fmt::format("SELECT n.channel, min(n.due_at){} WHERE{} GROUP BY n.channel ORDER BY 2", kFrom, kMayGo), {},
              [&](const Row& row) { channels.push_back({std::string(row.text(0)), row.integer(1)}); }));
  return channels;
}

Result<std::optional<Claim>> claim_next(Tx& tx, std::string_view channel, const ClaimOptions& options,
                                        const Clock& clock) {
  const UnixMs now = clock.now_ms();
  TRY_VOID(fold_burst(tx, channel, options, clock));
  TRY(auto claim, select_next(tx, channel, now));
  if (!claim) return claim;
  claim->lease_until = now + options.lease.count();
  TRY_VOID(
      tx.run("UPDATE notices SET state = 1, sending_version = version, sending_until = $2,"
             " failing_since = CASE WHEN failing_since = 0 THEN $3 ELSE failing_since END WHERE id = $1",
             {claim->id, claim->lease_until, now}));
  return claim;
}

Result<void> record_sent(Tx& tx, const Claim& claim, const Receipt& receipt, UnixMs now) {
  return tx.run(
      "UPDATE notices SET state = CASE WHEN version > sending_version THEN 0 ELSE 2 END, sent_version = "
      "sending_version,"
      " channel_id = $2, message_id = $3, permalink = $4, attempts = 0, uncertain = 0, failing_since = 0, last_error = "
      "'',"
      " sending_until = 0, sent_at = $5, due_at = $5, updated_at = $5 WHERE id = $1 AND state = 1 AND sending_until = "
      "$6",
      {claim.id, store::null_if_empty(receipt.channel_id), receipt.message_id, store::null_if_empty(receipt.permalink),
       now, claim.lease_until});
}

Result<void> record_retry(Tx& tx, const Claim& claim, const Failure& failure, UnixMs now) {
  return tx.run(
      "UPDATE notices SET state = 0, attempts = attempts + $2, last_error = $3, due_at = $4, sending_until = 0, "
      "updated_at = $6,"
      " uncertain = CASE WHEN message_id IS NULL AND $5 = 1 THEN 1 ELSE uncertain END WHERE id = $1 AND state = 1"
      " AND sending_until = $7",
      {claim.id, std::int64_t{failure.counts}, failure.error, failure.due_at, std::int64_t{failure.uncertain}, now,
       claim.lease_until});
}

Result<void> record_failed(Tx& tx, const Claim& claim, std::string_view error, UnixMs now) {
  return tx.run(
      "UPDATE notices SET state = CASE WHEN version > sending_version THEN 0 ELSE 3 END, attempts = attempts + 1, "
      "last_error = $2,"
      " sending_until = 0, updated_at = $3 WHERE id = $1 AND state = 1 AND sending_until = $4",
      {claim.id, error, now, claim.lease_until});
}

Result<void> record_frozen(Tx& tx, const Claim& claim, std::string_view error, UnixMs now) {
  return tx.run(
      "UPDATE notices SET state = 2, sent_version = version, last_error = $2, attempts = 0, failing_since = 0, "
      "sending_until = 0,"
      " updated_at = $3 WHERE id = $1 AND state = 1 AND sending_until = $4",
      {claim.id, error, now, claim.lease_until});
}

Result<void> record_detached(Tx& tx, const Claim& claim, std::string_view error, UnixMs now) {
  return tx.run(
      "UPDATE notices SET state = 0, detached = 1, last_error = $2, due_at = $3, sending_until = 0, updated_at = $3"
      " WHERE id = $1 AND state = 1 AND sending_until = $4",
      {claim.id, error, now, claim.lease_until});
}

Result<void> record_maybe_repeated(Tx& tx, const Claim& claim, UnixMs now) {
  return tx.run("UPDATE notices SET maybe_repeated = 1, updated_at = $2 WHERE id = $1", {claim.id, now});
}

Result<UnixMs> load_first_lease_end(store::Db& db) {
  UnixMs end = 0;
  TRY_VOID(db.read("SELECT COALESCE(min(sending_until), 0) FROM notices WHERE state = 1", {},
                   [&](const Row& row) { end = row.integer(0); }));
  return end;
}

Result<std::int64_t> requeue_orphans(Tx& tx, bool all, UnixMs now) {
  TRY_VOID(
      tx.run("UPDATE notices SET state = 0, sending_until = 0, due_at = $1, uncertain = CASE WHEN message_id IS NULL "
             "THEN 1 ELSE uncertain END"
             " WHERE state = 1 AND (sending_until <= $1 OR $2 = 1)",
             {now, std::int64_t{all}}));
  return tx.changes();
}

}  // namespace fm::notify
