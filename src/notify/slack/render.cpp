#include "notify/slack/render.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::notify::slack {
namespace {

constexpr size_t kSection = 2'900;  // Slack: 3,000
constexpr size_t kHeader = 140;     // Slack: 150
constexpr size_t kField = 400;      // Slack: 2,000; longer ones are no facts
constexpr size_t kFields = 10;
constexpr size_t kSuspects = 5;
constexpr size_t kJobsInSection = 9;
constexpr size_t kUrl = 1'200;    // encoded; with a longer one the text goes without its link
constexpr size_t kTooSmall = 40;  // a section with less room than this says nothing
constexpr std::string_view kZeroWidth = "\u200B";
constexpr std::string_view kCut = "…";

bool word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

// Appends piece by piece (a character, or what stands for it) while there is room for it and for the mark of a cut.
template <class Piece>
std::string build(std::string_view raw, size_t max_chars, Piece piece_at) {
  const std::string text = clean_utf8(raw);
  std::string out;
  std::string held;
  for (size_t i = 0; i < text.size();) {
    size_t length = 1;
    while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xC0) == 0x80) ++length;
    const std::string piece = piece_at(text, i, length);
    // The last few bytes are held back until it is known that everything fits.
    if (out.size() + held.size() + piece.size() > max_chars)
      return out + (out.size() + kCut.size() <= max_chars ? std::string(kCut) : "");
    held += piece;
    if (out.size() + held.size() + kCut.size() <= max_chars) {
      out += held;
      held.clear();
    }
    i += length;
  }
  return out + held;
}

bool web_url(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) && url.size() <= kUrl;
}

json::object mrkdwn(std::string text) { return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}}; }
json::object section(std::string text) { return {{"type", "section"}, {"text", mrkdwn(std::move(text))}}; }
json::object context(std::string text) {
  return {{"type", "context"}, {"elements", json::array{mrkdwn(std::move(text))}}};
}

std::string_view sign(CardState state) { return state == CardState::recovered ? "✅" : "❌"; }

// Lines up to the limit, then how many were left out.
std::string joined(std::string head, const std::vector<std::string>& lines, size_t max_chars) {
  constexpr size_t kMore = 32;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t reserve = i + 1 < lines.size() ? kMore : 0;
    if (head.size() + 1 + lines[i].size() + reserve > max_chars)
      return head + fmt::format("\n… and {} more", lines.size() - i);
    head += (head.empty() ? "" : "\n") + lines[i];
  }
  return head;
}

// Each makes its block with at most so many characters of text, or nothing when the card has none for it.
using Part = std::function<std::optional<json::object>(size_t max_chars)>;

class Builder {
 public:
  Builder(const Card& card, const RenderOptions& options)
      : card_(card), options_(options), left_(options.max_total_chars) {}

  json::array blocks() {
    // What matters most takes its room first; shown in another order.
    add(0, kHeader, [&](size_t n) { return title(n); });
    add(1, 300, [&](size_t n) { return repeated(n); });
    add(2, 600, [&](size_t n) { return recovered(n); });
    add(4, 1'500, [&](size_t n) { return cause(n); });
    add(9, kSection, [&](size_t n) { return links(n); });
    add(5, options_.reply ? 1'200 : kSection, [&](size_t n) { return code(n); });
    add(3, kField, [&](size_t n) { return facts(n); });
    for (size_t from = 0; from < card_.jobs.size(); from += kJobsInSection) {
      add(8, kSection, [&](size_t n) { return jobs(from, n); });
    }
    if (!options_.reply) add(6, 1'500, [&](size_t n) { return fix(n); });
    add(7, 2'000, [&](size_t n) { return suspects(n); });
    add(10, 600, [&](size_t n) { return notes(n); });
    std::sort(made_.begin(), made_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    json::array out;
    for (auto& [place, block] : made_) out.push_back(std::move(block));
    return out;
  }

 private:
  void add(int place, size_t max_chars, const Part& part) {
    for (size_t room = max_chars; room >= kTooSmall; room /= 2) {
      std::optional<json::object> block = part(room);
      if (!block) return;
      const size_t size = fm::to_json(json::value(*block)).size();
      if (size > left_) continue;
      left_ -= size;
      made_.emplace_back(place, *std::move(block));
      return;
    }
  }

  std::optional<json::object> title(size_t n) const {
    const std::string text =
        fmt::format("{} {}", sign(card_.state), truncate_utf8(clean_utf8(replace_all(card_.title, "\n", " ")), n - 8));
    if (options_.reply) return section("*" + escape_mrkdwn(text, n) + "*");
    return json::object{{"type", "header"},
                        {"text", json::object{{"type", "plain_text"}, {"text", text}, {"emoji", false}}}};
  }
  std::optional<json::object> repeated(size_t) const {
    if (!options_.maybe_repeated) return std::nullopt;
    return context("⚠️ Possibly repeated: Slack did not confirm an earlier attempt to send this.");
  }
  std::optional<json::object> recovered(size_t n) const {
    if (card_.state != CardState::recovered) return std::nullopt;
    if (card_.recovered_by.empty()) return section("*Recovered*");
    return section("*Recovered* by " + escape_mrkdwn(card_.recovered_by, n - 16));
  }
  std::optional<json::object> facts(size_t n) const {
    json::array fields;
    for (const Fact& fact : card_.facts) {
      if (fields.size() == kFields) break;
      if (fact.value.empty()) continue;
      const std::string name = "*" + escape_mrkdwn(fact.name, n / 4) + "*\n";
      std::string value = escape_mrkdwn(fact.value, n / 2);
      if (web_url(fact.url)) value = link(fact.url, truncate_utf8(fact.value, n / 4));
      fields.push_back(mrkdwn(name + value));
    }
    if (fields.empty()) return std::nullopt;
    return json::object{{"type", "section"}, {"fields", std::move(fields)}};
  }
  std::optional<json::object> cause(size_t n) const {
    if (card_.cause.empty()) return std::nullopt;
    return section("*Cause*\n" + escape_mrkdwn(card_.cause, n - 8));
  }
  std::optional<json::object> code(size_t n) const {
    if (trim(card_.code).empty()) return std::nullopt;
    return section("```\n" + escape_code(card_.code, n - 8) + "\n```");
  }
  std::optional<json::object> fix(size_t n) const {
    if (card_.fix.empty() && card_.fix_steps.empty()) return std::nullopt;
    std::vector<std::string> steps;
    for (const std::string& step : card_.fix_steps)
      steps.push_back(fmt::format("{}. {}", steps.size() + 1, escape_mrkdwn(step, n / 3)));
    return section(joined("*Suggested fix*\n" + escape_mrkdwn(card_.fix, n / 2), steps, n));
  }
  std::optional<json::object> suspects(size_t n) const {
    std::vector<std::string> lines;
    for (const Suspect& one : card_.suspects) {
      if (lines.size() == kSuspects) break;
      std::string line =
          "• " + link(one.url, std::string_view(one.sha).substr(0, 7)) + " " + escape_mrkdwn(one.title, 200);
      if (!one.author.empty()) line += " by " + escape_mrkdwn(one.author, 80);
      if (!one.why.empty()) line += "\n   " + escape_mrkdwn(one.why, 300);
      lines.push_back(std::move(line));
    }
    if (lines.empty()) return std::nullopt;
    return section(joined(lines.size() == 1 ? "*Likely change*" : "*Likely changes*", lines, n));
  }
  // Many jobs (a digest) are told shorter, so that all of them are named.
  std::optional<json::object> jobs(size_t from, size_t n) const {
    const bool many = card_.jobs.size() > kJobsInSection;
    std::vector<std::string> lines;
    for (size_t i = from; i < std::min(from + kJobsInSection, card_.jobs.size()); ++i) {
      const CardJob& job = card_.jobs[i];
      std::string line = fmt::format("{} {}", sign(job.state), link(job.url, truncate_utf8(job.name, many ? 80 : 150)));
      if (!job.note.empty()) line += " · " + escape_mrkdwn(job.note, many ? 70 : 200);
      lines.push_back(std::move(line));
    }
    const std::string_view noun = card_.cause.empty() ? "failure" : "job";
    return section(joined(from == 0 ? "*" + plural(card_.jobs.size(), noun) + "*" : std::string(), lines, n));
  }
  std::optional<json::object> links(size_t n) const {
    // Links, no buttons: a button with a URL also calls the app back, and Slack shows a warning at the button where
    // the app has no interactivity.
    std::string text;
    for (const Link& one : card_.links) {
      if (!web_url(one.url)) continue;
      const std::string next = (text.empty() ? "" : "  ·  ") + link(one.url, truncate_utf8(one.text, 80));
      if (text.size() + next.size() <= n) text += next;
    }
    if (text.empty()) return std::nullopt;
    return section(std::move(text));
  }
  std::optional<json::object> notes(size_t n) const {
    std::string text = escape_mrkdwn(card_.recurrence, n / 2);
    if (!options_.reply && !card_.footer.empty())
      text += (text.empty() ? "" : "  ·  ") + escape_mrkdwn(card_.footer, n / 2 - 8);
    if (text.empty()) return std::nullopt;
    return context(std::move(text));
  }

  const Card& card_;
  const RenderOptions& options_;
  size_t left_;
  std::vector<std::pair<int, json::object>> made_;
};

}  // namespace

std::string escape_mrkdwn(std::string_view text, std::size_t max_chars) {
  return build(text, max_chars, [](const std::string& all, size_t i, size_t length) -> std::string {
    const char c = all[i];
    if (const std::string_view e = entity(c); !e.empty()) return std::string(e);
    if (c == '`') return "'";
    if (c == '*' || c == '_' || c == '~') {
      const bool inside = i > 0 && i + 1 < all.size() && word(all[i - 1]) && word(all[i + 1]);
      return inside ? std::string(1, c) : std::string(1, c) + std::string(kZeroWidth);
    }
    return all.substr(i, length);
  });
}

std::string escape_code(std::string_view text, std::size_t max_chars) {
  return build(text, max_chars, [](const std::string& all, size_t i, size_t length) -> std::string {
    const char c = all[i];
    if (const std::string_view e = entity(c); !e.empty()) return std::string(e);
    if (c == '`') return std::string("`") + std::string(kZeroWidth);
    return all.substr(i, length);
  });
}

std::string link(std::string_view url, std::string_view text) {
  const std::string shown = escape_mrkdwn(replace_all(std::string(text), "\n", " "));
  if (!web_url(url)) return shown;
  std::string safe;
  for (const char c : url) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == '|' || c == '"' || c == '`' ||
        c == 0x7F) {
      safe += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      safe += c;
    }
  }
  if (safe.size() > kUrl) return shown;
  // A '|' ends the URL, not the text; an empty text would show the bare URL.
  return fmt::format("<{}|{}>", safe, shown.empty() ? "link" : shown);
}

Message render(const Card& card, const RenderOptions& options) {
  Message message = render_plain(card, options);
  message.blocks = Builder(card, options).blocks();
  return message;
}

Message render_plain(const Card& card, const RenderOptions& options) {
  std::string text = options.maybe_repeated ? "(possibly repeated) " : "";
  text += escape_mrkdwn(replace_all(headline(card), "\n", " "), 1'000);
  if (!card.recurrence.empty()) text += " (" + escape_mrkdwn(card.recurrence, 200) + ")";
  return {std::move(text), {}};
}

}  // namespace fm::notify::slack
