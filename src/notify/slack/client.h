// Slack's Web API, as far as messages go, and the Notifier over it.
// https://api.slack.com/methods: chat.postMessage, chat.update, conversations.history, conversations.replies, auth.test
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/json.h"
#include "net/client.h"
#include "notify/notifier.h"

namespace fm::notify::slack {

struct Options {
  std::string api_url = "https://slack.com/api";
  std::string token;  // xoxb-…; scopes chat:write, and to find messages after a crash channels:history
  Millis timeout{10'000};
};

struct Identity {
  std::string team, user, bot_id;
  std::string url;                  // "https://acme.slack.com/"
  std::vector<std::string> scopes;  // from x-oauth-scopes
};

// Thread-safe. The HttpClient must outlive it and trust the origin of api_url.
class Client {
 public:
  Client(net::HttpClient& http, Options options);

  // Calls a method with a JSON body. {"ok": false, "error": e} becomes an Error as Notifier states them, with the
  // remedy in Slack's terms (not_in_channel: invite the bot …). timeout also stands for an answer that was cut off or
  // is a 5xx other than 503: it may have worked. Never repeats a call by itself.
  Result<json::value> call(const Context& context, std::string_view method, const json::object& arguments);
  // The same by GET, for methods that only read.
  Result<json::value> query(const Context& context, std::string_view method, const std::vector<net::Header>& arguments);
  // auth.test: for doctor and for permalinks. Asked once; the answer is kept when it was good.
  Result<Identity> identity(const Context& context);

 private:
  Result<json::value> exchange(const Context& context, std::string_view method, net::ClientRequest request,
                               std::string* scopes);

  net::HttpClient& http_;
  const Options options_;
  std::mutex mutex_;  // guards identity_
  std::optional<Identity> identity_;
};

// What Slack's error code means to us: code, words, remedy.
Error explain(std::string_view slack_error, std::string_view method);

class SlackNotifier final : public Notifier {
 public:
  explicit SlackNotifier(Client& client) : client_(client) {}
  std::string_view kind() const override { return "slack"; }
  Result<Receipt> post(const Context& context, const Post& post) override;
  Result<Receipt> edit(const Context& context, const Receipt& receipt, const Post& post) override;
  Result<std::optional<Receipt>> find(const Context& context, const Post& post, UnixMs since) override;

 private:
  Result<Receipt> receipt_of(const Context& context, const json::value& answer, std::string_view thread_id);

  Client& client_;
};

}  // namespace fm::notify::slack
