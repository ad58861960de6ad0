#include "notify/slack/client.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "notify/slack/render.h"

namespace fm::notify::slack {
namespace {

struct Explanation {
  std::string_view error;
  Code code;
  std::string_view words;
  std::string_view remedy;
};

// https://api.slack.com/methods/chat.postMessage#errors, chat.update#errors, conversations.history#errors
constexpr std::array kExplanations = {
    Explanation{"not_in_channel", Code::forbidden, "the bot is not a member of the channel",
                "invite it there: /invite @firstmate"},
    Explanation{"channel_not_found", Code::not_found,
                "there is no such channel, or it is private and the bot is no member",
                "check slack.channel, and invite the bot to a private channel"},
    Explanation{"is_archived", Code::forbidden, "the channel is archived",
                "unarchive it, or set another slack.channel"},
    Explanation{"invalid_auth", Code::unauthorised, "Slack does not know the token",
                "set slack.bot_token to the app's Bot User OAuth Token (xoxb-…)"},
    Explanation{"not_authed", Code::unauthorised, "no token was sent",
                "set slack.bot_token to the app's Bot User OAuth Token (xoxb-…)"},
    Explanation{"account_inactive", Code::unauthorised, "the token's user or workspace was removed",
                "install the app again and set the new slack.bot_token"},
    Explanation{"token_revoked", Code::unauthorised, "the token was revoked",
                "install the app again and set the new slack.bot_token"},
    Explanation{"token_expired", Code::unauthorised, "the token has expired",
                "install the app again and set the new slack.bot_token"},
    Explanation{"not_allowed_token_type", Code::unauthorised, "this kind of token cannot send messages",
                "slack.bot_token must begin with xoxb-"},
    Explanation{"no_permission", Code::forbidden, "the token may not do this",
                "add the scope chat:write and install the app again"},
    Explanation{"missing_scope", Code::forbidden, "the app lacks a scope",
                "add it under OAuth & Permissions and install the app again"},
    Explanation{"restricted_action", Code::forbidden, "the workspace does not let the bot post there",
                "ask a workspace administrator, or set another slack.channel"},
    Explanation{"restricted_action_thread_only_channel", Code::forbidden, "the channel takes replies only",
                "set another slack.channel"},
    Explanation{"restricted_action_read_only_channel", Code::forbidden, "the channel is read-only",
                "set another slack.channel"},
    Explanation{"ratelimited", Code::limited, "Slack's rate limit is reached", ""},
    Explanation{"rate_limited", Code::limited, "Slack's rate limit is reached", ""},
    Explanation{"msg_too_long", Code::invalid, "Slack finds the message too long", ""},
    Explanation{"msg_blocks_too_long", Code::invalid, "Slack finds the message's blocks too long", ""},
    Explanation{"invalid_blocks", Code::invalid, "Slack refuses the message's blocks", ""},
    Explanation{"invalid_blocks_format", Code::invalid, "Slack refuses the message's blocks", ""},
    Explanation{"no_text", Code::invalid, "the message is empty", ""},
    Explanation{"invalid_arguments", Code::invalid, "Slack refuses the arguments", ""},
    Explanation{"message_not_found", Code::conflict, "the message was deleted in Slack", ""},
    Explanation{"cant_update_message", Code::conflict, "the message may not be edited by this bot", ""},
    Explanation{"edit_window_closed", Code::conflict, "the workspace's time for editing is over", ""},
    Explanation{"thread_not_found", Code::conflict, "the thread was deleted in Slack", ""},
    Explanation{"cannot_reply_to_message", Code::conflict, "the thread takes no replies", ""},
};

// Slack: "It's possible some aspect of the operation succeeded before the error was raised."
constexpr std::string_view kHalfDone[] = {"internal_error", "fatal_error", "request_timeout"};

// libcurl's words for a request that never left: no name, no connection. Any other failure may come after Slack had it.
bool never_reached(const Error& error) {
  for (const std::string_view words :
       {"Could not resolve", "Couldn't resolve", "Could not connect", "Couldn't connect", "Failed to connect"}) {
    if (contains(error.message, words)) return true;
  }
  return error.cause != nullptr && never_reached(*error.cause);
}

constexpr std::string_view kEventType = "firstmate_notice";
constexpr size_t kMaxAnswerBytes = 8 * 1024 * 1024;
constexpr int kHistoryPages = 3;
constexpr Millis kDefaultPause{30'000};

bool channel_id(std::string_view text) {
  if (text.size() < 8 || (text[0] != 'C' && text[0] != 'G' && text[0] != 'D')) return false;
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
}

// A Slack time stamp is both name and time: seconds with six decimals.
std::string to_ts(UnixMs time) { return fmt::format("{}.{:03}000", time / 1000, time % 1000); }

json::object arguments_of(const Post& post, const Message& message) {
  json::object arguments{{"text", message.text}, {"unfurl_links", false}, {"unfurl_media", false}};
  if (!message.blocks.empty()) arguments["blocks"] = message.blocks;
  arguments["metadata"] =
      json::object{{"event_type", kEventType}, {"event_payload", json::object{{"token", post.token}}}};
  return arguments;
}

}  // namespace

Error explain(std::string_view slack_error, std::string_view method) {
  for (const Explanation& known : kExplanations) {
    if (known.error != slack_error) continue;
    return {known.code,
            fmt::format("{}: {} ({})", method, known.words, known.error),
            std::string(known.remedy),
            nullptr,
            {}};
  }
  // service_unavailable, and what Slack may yet invent: worth a retry.
  const bool half_done = std::find(std::begin(kHalfDone), std::end(kHalfDone), slack_error) != std::end(kHalfDone);
  return {half_done ? Code::timeout : Code::unavailable,
          fmt::format("{}: Slack answered \"{}\"", method, truncate_utf8(clean_utf8(slack_error), 100)),
          {},
          nullptr,
          {}};
}

Client::Client(net::HttpClient& http, Options options)
    : http_(http), options_([&] {
        while (options.api_url.ends_with('/')) options.api_url.pop_back();
        return std::move(options);
      }()) {}

Result<json::value> Client::call(const Context& context, std::string_view method, const json::object& arguments) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/{}", options_.api_url, method);
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  request.body = fm::to_json(json::value(arguments));
  return exchange(context, method, std::move(request), nullptr);
}

Result<json::value> Client::query(const Context& context, std::string_view method,
                                  const std::vector<net::Header>& arguments) {
  net::ClientRequest request;
  request.url = fmt::format("{}/{}", options_.api_url, method);
  char separator = '?';
  for (const auto& [name, value] : arguments) {
    request.url += fmt::format("{}{}={}", separator, name, net::url_encode(value));
    separator = '&';
  }
  return exchange(context, method, std::move(request), nullptr);
}

Result<json::value> Client::exchange(const Context& context, std::string_view method, net::ClientRequest request,
                                     std::string* scopes) {
  if (options_.token.empty()) return std::unexpected(explain("not_authed", method));
  request.headers.emplace_back("Authorization", "Bearer " + options_.token);
  request.timeout = options_.timeout;
  request.max_body_bytes = kMaxAnswerBytes;
  auto answer = http_.send(context, request);
  if (!answer) {
    Error error = with_context(std::move(answer).error(), fmt::format("Slack {}", method));
    if (error.code == Code::unavailable && !never_reached(error)) error.code = Code::timeout;
    return std::unexpected(std::move(error));
  }
  if (answer->status == 429) {
    Error error = explain("ratelimited", method);
    error.retry_after = answer->retry_after(context.clock()).value_or(kDefaultPause);
    return std::unexpected(std::move(error));
  }
  auto body = parse_json(answer->body);
  if (answer->status != 200 || !body || !body->is_object()) {
    const bool refused = answer->status == 503 || (answer->status >= 300 && answer->status < 500);
    auto error = fail(
        refused ? Code::unavailable : Code::timeout,
        fmt::format("{}: Slack answered {}{}", method, answer->status, answer->status == 200 ? " with no JSON" : ""));
    error.error().retry_after = answer->retry_after(context.clock());
    return error;
  }
  if (scopes != nullptr) *scopes = answer->header("x-oauth-scopes");
  if (bool_at(*body, "ok")) return body;
  Error error = explain(text_at(*body, "error"), method);
  if (const std::string needed = text_at(*body, "needed"); !needed.empty())
    error.remedy = fmt::format("add the scope {} under OAuth & Permissions and install the app again",
                               truncate_utf8(clean_utf8(needed), 100));
  if (error.code == Code::limited) error.retry_after = answer->retry_after(context.clock()).value_or(kDefaultPause);
  return std::unexpected(std::move(error));
}

Result<Identity> Client::identity(const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (identity_) return *identity_;
  }
  net::ClientRequest request;
  request.method = "POST";
  request.url = options_.api_url + "/auth.test";
  std::string scopes;
  TRY(const json::value answer, exchange(context, "auth.test", std::move(request), &scopes));
  Identity identity{.team = text_at(answer, "team"),
                    .user = text_at(answer, "user"),
                    .bot_id = text_at(answer, "bot_id"),
                    .url = text_at(answer, "url"),
                    .scopes = {}};
  for (const std::string_view scope : split(scopes, ',')) {
    if (!trim(scope).empty()) identity.scopes.emplace_back(trim(scope));
  }
  const std::lock_guard lock(mutex_);
  identity_ = identity;
  return identity;
}

Result<Receipt> SlackNotifier::post(const Context& context, const Post& post) {
  const RenderOptions options{.maybe_repeated = post.maybe_repeated, .reply = !post.thread_id.empty()};
  const auto send = [&](const Message& message) {
    json::object arguments = arguments_of(post, message);
    arguments["channel"] = post.channel;
    if (!post.thread_id.empty()) {
      arguments["thread_ts"] = post.thread_id;
      if (post.broadcast) arguments["reply_broadcast"] = true;
    }
    return client_.call(context, "chat.postMessage", arguments);
  };
  auto answer = send(render(post.card, options));
  // Slack's limits are not all documented: a refused layout must not cost the message.
  if (!answer && answer.error().code == Code::invalid) answer = send(render_plain(post.card, options));
  if (!answer) return std::unexpected(std::move(answer).error());
  return receipt_of(context, *answer, post.thread_id);
}

Result<Receipt> SlackNotifier::edit(const Context& context, const Receipt& receipt, const Post& post) {
  const RenderOptions options{.maybe_repeated = post.maybe_repeated, .reply = !post.thread_id.empty()};
  const auto send = [&](const Message& message) {
    json::object arguments = arguments_of(post, message);
    arguments["channel"] = receipt.channel_id;
    arguments["ts"] = receipt.message_id;
    if (message.blocks.empty()) arguments["blocks"] = json::array();
    return client_.call(context, "chat.update", arguments);
  };
  auto answer = send(render(post.card, options));
  if (!answer && answer.error().code == Code::invalid) answer = send(render_plain(post.card, options));
  if (!answer) return std::unexpected(std::move(answer).error());
  return receipt;
}

Result<std::optional<Receipt>> SlackNotifier::find(const Context& context, const Post& post, UnixMs since) {
  const std::string channel = channel_id(post.channel) ? post.channel : post.channel_id;
  if (channel.empty())
    return fail(Code::forbidden, "Slack looks messages up by the channel's id only",
                "set slack.channel to the id (C…) shown at the end of the channel's details");
  std::vector<net::Header> arguments = {
      {"channel", channel}, {"oldest", to_ts(since)}, {"limit", "200"}, {"include_all_metadata", "true"}};
  if (!post.thread_id.empty()) arguments.emplace_back("ts", post.thread_id);
  const std::string_view method = post.thread_id.empty() ? "conversations.history" : "conversations.replies";
  std::string cursor;
  for (int page = 0; page < kHistoryPages; ++page) {
    auto paged = arguments;
    if (!cursor.empty()) paged.emplace_back("cursor", cursor);
    TRY(const json::value answer, client_.query(context, method, paged));
    for (const json::value& message : array_at(answer, "messages")) {
      if (text_at(message, "metadata", "event_payload", "token") != post.token) continue;
      TRY(Receipt receipt,
          receipt_of(context, json::object{{"channel", channel}, {"ts", text_at(message, "ts")}}, post.thread_id));
      return receipt;
    }
    cursor = text_at(answer, "response_metadata", "next_cursor");
    if (cursor.empty()) return std::optional<Receipt>();
  }
  return fail(Code::forbidden, "too many messages since then to look through");
}

Result<Receipt> SlackNotifier::receipt_of(const Context& context, const json::value& answer,
                                          std::string_view thread_id) {
  Receipt receipt{.channel_id = text_at(answer, "channel"), .message_id = text_at(answer, "ts"), .permalink = {}};
  if (receipt.message_id.empty()) return fail(Code::unavailable, "Slack's answer names no message");
  // The link is a comfort: without it the message is sent all the same.
  if (const auto identity = client_.identity(context); identity && !identity->url.empty()) {
    receipt.permalink = fmt::format("{}{}archives/{}/p{}", identity->url, identity->url.ends_with('/') ? "" : "/",
                                    receipt.channel_id, replace_all(receipt.message_id, ".", ""));
    if (!thread_id.empty()) receipt.permalink += fmt::format("?thread_ts={}&cid={}", thread_id, receipt.channel_id);
  }
  return receipt;
}

}  // namespace fm::notify::slack
