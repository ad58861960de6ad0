// The outbox as the Dispatcher sees it: what is due where, taken under a lease, and what came of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notify/notifier.h"
#include "store/db.h"

namespace fm::notify {

struct DueChannel {
  std::string channel;
  UnixMs due_at = 0;  // of its earliest message that may go
};

// A message taken for sending; nobody else takes it until the lease ends.
struct Claim {
  std::string id;
  std::vector<std::string> runs;  // one, or those of a digest
  Post post;
  Receipt receipt;         // message_id empty: it is new
  bool uncertain = false;  // an earlier attempt may have worked
  int attempts = 0;
  UnixMs failing_since = 0;  // of the first attempt since it last worked; 0: this is the first
  UnixMs created_at = 0;
  UnixMs lease_until = 0;  // also the fence: another claim of the message has another one
  bool is_new() const { return receipt.message_id.empty(); }
};

struct ClaimOptions {
  std::size_t burst = 5;
  std::size_t digest_max = 40;
  Millis lease{120'000};
};

// Channels with something to send, now or later. A reply waits for its root.
Result<std::vector<DueChannel>> load_due_channels(store::Db& db);

// The next message of a channel: new roots before replies before edits, older before newer. When more than
// options.burst new roots wait, they become one digest, which is taken. Inside the caller's transaction.
Result<std::optional<Claim>> claim_next(store::Tx& tx, std::string_view channel, const ClaimOptions& options,
                                        const Clock& clock);

// What came of a claim; each inside the caller's transaction. Nothing happens when the lease was lost.
Result<void> record_sent(store::Tx& tx, const Claim& claim, const Receipt& receipt, UnixMs now);
struct Failure {
  std::string error;
  UnixMs due_at = 0;
  bool uncertain = false;  // it may have worked
  bool counts = true;      // as an attempt
};
Result<void> record_retry(store::Tx& tx, const Claim& claim, const Failure& failure, UnixMs now);
Result<void> record_failed(store::Tx& tx, const Claim& claim, std::string_view error, UnixMs now);
// An edit that can no longer be made: the message stays as it is.
Result<void> record_frozen(store::Tx& tx, const Claim& claim, std::string_view error, UnixMs now);
// A reply whose thread is gone: it goes to the channel.
Result<void> record_detached(store::Tx& tx, const Claim& claim, std::string_view error, UnixMs now);
// From now on the message says that it may be a repetition.
Result<void> record_maybe_repeated(store::Tx& tx, const Claim& claim, UnixMs now);

// When the first of the leases ends; 0: nothing is being sent.
Result<UnixMs> load_first_lease_end(store::Db& db);
// "sending" with a lease that ended (or all of them) goes back to the queue, as uncertain. Returns how many.
Result<std::int64_t> requeue_orphans(store::Tx& tx, bool all, UnixMs now);

}  // namespace fm::notify
