// The port to a chat or mail service: posts a card, edits it later, finds it again after a crash.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "notify/card.h"

namespace fm::notify {

// Where a message went: enough to edit it and to answer in its thread.
struct Receipt {
  std::string channel_id;  // as the service names it
  std::string message_id;  // Slack: ts
  std::string permalink;   // may be empty
};

struct Post {
  std::string channel;     // as configured: "#builds", "C024BE91L"
  std::string channel_id;  // of that channel, where an earlier receipt told; may be empty
  std::string thread_id;   // message_id of the root; empty: a root itself
  bool broadcast = false;  // a reply that the channel sees too
  std::string token;       // names this message for find(); random, opaque
  Card card;
  bool maybe_repeated = false;  // say so: an earlier attempt's end is not known
};

// Thread-safe. Errors:
//   limited      retry_after is set        unavailable   the service did not take it
//   timeout, cancelled, internal           no answer, or half of one: it may have worked, ask find()
//   forbidden, unauthorised, not_found     a setting is wrong; the remedy says which. Worth a retry once mended.
//   invalid      this message will never be taken
//   conflict     edit and replies only: the message or thread is gone or may not be edited any more
class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual std::string_view kind() const = 0;  // "slack", "terminal"
  virtual Result<Receipt> post(const Context& context, const Post& post) = 0;
  virtual Result<Receipt> edit(const Context& context, const Receipt& receipt, const Post& post) = 0;
  // The message that an earlier post() with this token made, not older than `since`. Nothing: there is none.
  // Errors: forbidden when the service does not let us look.
  virtual Result<std::optional<Receipt>> find(const Context& context, const Post& post, UnixMs since) = 0;
};

}  // namespace fm::notify
