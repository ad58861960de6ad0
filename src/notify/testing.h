// For tests only: a peer that answers as told, a notifier that records, cards and notices.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/server.h"
#include "notify/notifier.h"
#include "notify/outbox.h"
#include "store/testing.h"

namespace fm::notify::testing {

// An HTTP server on a free port; every request goes to `answer` and is kept.
class Peer {
 public:
  using Answer = std::function<net::Response(const net::Request&)>;
  explicit Peer(Answer answer)
      : answer_(std::move(answer)), server_({.listen = "127.0.0.1:0", .threads = 1, .pool_threads = 2}, clock_) {
    server_.on_not_found([this](const Context&, net::Request& request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      return answer_(request);
    });
    const auto started = server_.start();
    if (!started) ADD_FAILURE() << started.error().full();
  }
  ~Peer() { server_.stop(Millis{1'000}); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<net::Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  Answer answer_;
  std::mutex mutex_;  // guards requests_, and answer_'s own state
  std::vector<net::Request> requests_;
  SystemClock clock_;
  net::Server server_;
};

// A chat in memory that fails on demand.
class FakeNotifier final : public Notifier {
 public:
  struct Message {
    std::string channel, thread_id, token;
    std::vector<Card> versions;
    bool broadcast = false, maybe_repeated = false;
  };

  std::string_view kind() const override { return "fake"; }

  Result<Receipt> post(const Context&, const Post& post) override {
    const std::lock_guard lock(mutex_);
    ++calls_;
    const std::optional<Error> error = next_error();
    if (error && !effect_first_) return std::unexpected(*error);
    const std::string id = std::to_string(messages_.size() + 1);
    messages_[id] = {post.channel, post.thread_id, post.token, {post.card}, post.broadcast, post.maybe_repeated};
    order_.push_back(id);
    if (error) return std::unexpected(*error);
    if (during_call) during_call();
    return Receipt{"C_" + post.channel, id, "https://chat.example/" + id};
  }
  Result<Receipt> edit(const Context&, const Receipt& receipt, const Post& post) override {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (const auto error = next_error()) return std::unexpected(*error);
    messages_.at(receipt.message_id).versions.push_back(post.card);
    return receipt;
  }
  Result<std::optional<Receipt>> find(const Context&, const Post& post, UnixMs) override {
    const std::lock_guard lock(mutex_);
    ++finds_;
    if (!can_find) return fail(Code::forbidden, "no scope");
    for (const auto& [id, message] : messages_) {
      if (message.token == post.token) return Receipt{"C_" + message.channel, id, "https://chat.example/" + id};
    }
    return std::optional<Receipt>();
  }

  // The next n calls fail so. effect_first: the message is there all the same.
  void fail_next(Code code, int n = 1, std::optional<Millis> retry_after = {}, bool effect_first = false) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < n; ++i) errors_.push_back({code, "told to fail", {}, nullptr, retry_after});
    effect_first_ = effect_first;
  }
  std::vector<Message> messages() {
    const std::lock_guard lock(mutex_);
    std::vector<Message> out;
    for (const std::string& id : order_) out.push_back(messages_.at(id));
    return out;
  }
  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  int finds() {
    const std::lock_guard lock(mutex_);
    return finds_;
  }
  bool can_find = true;
  std::function<void()> during_call;

 private:
  std::optional<Error> next_error() {
    if (errors_.empty()) return std::nullopt;
    Error error = errors_.front();
    errors_.pop_front();
    return error;
  }
  std::mutex mutex_;  // guards all below
  std::map<std::string, Message> messages_;
  std::vector<std::string> order_;
  std::deque<Error> errors_;
  bool effect_first_ = false;
  int calls_ = 0;
  int finds_ = 0;
};

inline Card card(std::string title, std::string cause = "it broke") {
  Card out;
  out.title = std::move(title);
  out.cause = std::move(cause);
  return out;
}

}  // namespace fm::notify::testing
