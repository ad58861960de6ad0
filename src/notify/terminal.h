// The card as a chat would show it, in a terminal: `firstmate demo`, and a Notifier where no chat is configured.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "notify/notifier.h"

namespace fm::notify {

struct TerminalOptions {
  bool colour = true;  // the caller judges NO_COLOR and whether it is a terminal
  int width = 88;      // columns; long lines are wrapped (code is cut)
};

// Escape sequences and other control characters in the card's texts are removed.
std::string render_terminal(const Card& card, const TerminalOptions& options = {});

// Prints posts, replies (indented) and edits through `write`. Never fails; find() finds nothing.
class TerminalNotifier final : public Notifier {
 public:
  using Write = std::function<void(std::string_view text)>;
  TerminalNotifier(Write write, TerminalOptions options) : write_(std::move(write)), options_(options) {}

  std::string_view kind() const override { return "terminal"; }
  Result<Receipt> post(const Context& context, const Post& post) override;
  Result<Receipt> edit(const Context& context, const Receipt& receipt, const Post& post) override;
  Result<std::optional<Receipt>> find(const Context& context, const Post& post, UnixMs since) override;

 private:
  void print(const Post& post, std::string_view mark);

  Write write_;
  TerminalOptions options_;
  std::mutex mutex_;  // guards next_id_ and the order of writes
  std::int64_t next_id_ = 1;
};

}  // namespace fm::notify
