// The durable outbox: what is to be said is stored in the transaction that found it out, and said later.
//
// One message a run; one root message a failure group and channel, other runs of the group in its thread:
//
//   put_notice(group g, run 1)  → a root message
//   put_notice(group g, run 1)  → an edit of it (several waiting changes make one)
//   put_notice(group g, run 2)  → a reply in its thread, and the root's recurrence line is edited
//   put_recovery(group g)       → all of the group's messages become "recovered by …"
//
// States of a message: queued → sending → sent; a change takes sent back to queued; failed after Options::give_up of
// the Dispatcher. "sending" is written before the service is called, so that a crash in between is seen afterwards.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "notify/card.h"
#include "store/db.h"

namespace fm::notify {

struct Notice {
  std::string channel;  // "#builds", as the notifier understands it
  std::string group;    // failure group; recurrences of it share a thread
  std::string run;      // "acme/web/4711": one message
  Card card;
};

// Schema, for store::migrate().
std::span<const store::Migration> notify_migrations();

// All run inside the caller's transaction. Wake the Dispatcher after the commit.
//
// Same channel and run as before: replaces that message's card (nothing happens when it is the same).
Result<void> put_notice(store::Tx& tx, const Notice& notice, const Clock& clock);
// Marks every message of the group that is still failing, in every channel. by: "run #42, a1b2c3d by Ada".
Result<void> put_recovery(store::Tx& tx, std::string_view group, std::string_view by, const Clock& clock);
// The same for the message of one run, in every channel.
Result<void> put_run_recovery(store::Tx& tx, std::string_view run, std::string_view by, const Clock& clock);
// Forgets messages that are sent or failed and were last changed before then; returns how many. Threads whose root is
// forgotten begin anew.
Result<std::int64_t> trim_notices(store::Tx& tx, UnixMs before, std::size_t at_most = 1'000);

// Forgets the messages of one run, sent or not: nothing more is said about it.
Result<void> forget_run(store::Tx& tx, std::string_view run);

// What became of a message, for people and the API.
struct NoticeState {
  std::string id;  // ntc_…
  std::string channel, group, run;
  std::string state;      // "queued" (also while sending), "sent", "failed"
  std::string permalink;  // may be empty
  std::string last_error;
  int attempts = 0;  // failed ones since it last worked
  bool maybe_repeated = false;
  UnixMs due_at = 0, sent_at = 0, updated_at = 0;
};
Result<std::vector<NoticeState>> load_notices_of_run(store::Db& db, std::string_view run);
struct OutboxCounts {
  std::int64_t waiting = 0, failed = 0;
  UnixMs oldest_waiting = 0;  // created_at; 0: none
};
Result<OutboxCounts> load_outbox_counts(store::Db& db);

}  // namespace fm::notify
