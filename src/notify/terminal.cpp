#include "notify/terminal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::notify {
namespace {

constexpr std::string_view kReset = "\x1b[0m", kBold = "\x1b[1m", kDim = "\x1b[2m", kRed = "\x1b[31m",
                           kGreen = "\x1b[32m", kYellow = "\x1b[33m", kBlue = "\x1b[34m";
constexpr size_t kMinWidth = 40;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
size_t columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

// Escape sequences (ECMA-48 CSI and OSC) go whole; DEL and the C1 controls, which some terminals obey, go too.
std::string clean(std::string_view raw) {
  std::string plain;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\x1b' && i + 1 < raw.size() && (raw[i + 1] == '[' || raw[i + 1] == ']')) {
      const bool csi = raw[i + 1] == '[';
      for (i += 2; i < raw.size(); ++i) {
        if (csi ? raw[i] >= 0x40 && raw[i] <= 0x7E : raw[i] == '\a' || raw[i] == '\n') break;
        if (!csi && raw[i] == '\x1b') {
          ++i;  // "\x1b\\" ends it
          break;
        }
      }
      continue;
    }
    if (raw[i] != '\x7f') plain += raw[i];
  }
  plain = clean_utf8(plain);
  std::string out;
  for (size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] == '\xC2' && i + 1 < plain.size() && static_cast<unsigned char>(plain[i + 1]) < 0xA0)
      ++i;
    else
      out += plain[i];
  }
  return replace_all(std::move(out), "\t", "    ");
}

std::string cut(std::string_view text, size_t width) {
  if (columns(text) <= width) return std::string(text);
  size_t end = 0;
  for (size_t used = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && ++used == width) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const std::string_view paragraph : split(trim(text), '\n')) {
    std::string line;
    for (std::string_view word : split(paragraph, ' ')) {
      if (!line.empty() && columns(line) + 1 + columns(word) > width) lines.push_back(std::exchange(line, {}));
      if (!line.empty()) line += ' ';
      line += word;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

class Page {
 public:
  Page(const Card& card, const TerminalOptions& options, std::string_view indent)
      : card_(card),
        options_(options),
        indent_(indent),
        bar_(card.state == CardState::recovered ? kGreen : kRed),
        width_(std::max(kMinWidth, static_cast<size_t>(std::max(options.width, 0))) - 2 - indent.size()) {}

  std::string draw() {
    const bool recovered = card_.state == CardState::recovered;
    line(paint(kBold, std::string(recovered ? "✅ " : "❌ ") + cut(clean(card_.title), width_ - 3)));
    if (recovered)
      text(kGreen, card_.recovered_by.empty() ? "Recovered" : "Recovered by " + clean(card_.recovered_by), 0);
    facts();
    if (!card_.cause.empty()) {
      head("Cause");
      text({}, clean(card_.cause), 2);
    }
    code();
    fix();
    suspects();
    jobs();
    notes();
    return std::move(out_);
  }

 private:
  std::string paint(std::string_view colour, std::string_view text) const {
    if (!options_.colour || colour.empty()) return std::string(text);
    return fmt::format("{}{}{}", colour, text, kReset);
  }
  void line(std::string_view text) {
    out_ += fmt::format("{}{}{}{}\n", indent_, paint(bar_, "┃"), text.empty() ? "" : " ", text);
  }
  void head(std::string_view name) {
    line("");
    line(paint(kBold, name));
  }
  void text(std::string_view colour, std::string_view all, size_t indent) {
    for (const std::string& one : wrap(all, width_ - indent)) line(std::string(indent, ' ') + paint(colour, one));
  }

  void facts() {
    size_t widest = 0;
    for (const Fact& fact : card_.facts) widest = std::max(widest, columns(clean(fact.name)));
    widest = std::min(widest, width_ / 3);
    if (!card_.facts.empty()) line("");
    for (const Fact& fact : card_.facts) {
      if (fact.value.empty()) continue;
      const std::string name = cut(clean(fact.name), widest);
      line(paint(kDim, name + std::string(widest - columns(name) + 2, ' ')) +
           cut(clean(replace_all(fact.value, "\n", " ")), width_ - widest - 2));
    }
  }
  void code() {
    if (trim(card_.code).empty()) return;
    line("");
    std::string_view rest = card_.code;
    while (rest.ends_with('\n')) rest.remove_suffix(1);
    for (const std::string_view one : split(rest, '\n'))
      line("  " + paint(kDim, "│ ") + paint(kYellow, cut(clean(one), width_ - 4)));
  }
  void fix() {
    if (card_.fix.empty() && card_.fix_steps.empty()) return;
    head("Suggested fix");
    if (!card_.fix.empty()) text({}, clean(card_.fix), 2);
    for (size_t i = 0; i < card_.fix_steps.size(); ++i)
      text({}, fmt::format("{}. {}", i + 1, clean(card_.fix_steps[i])), 2);
  }
  void suspects() {
    if (card_.suspects.empty()) return;
    head(card_.suspects.size() == 1 ? "Likely change" : "Likely changes");
    for (const Suspect& one : card_.suspects) {
      const std::string by = one.author.empty() ? "" : " by " + clean(one.author);
      line(
          fmt::format("  • {} {}", paint(kBlue, clean(one.sha).substr(0, 7)), cut(clean(one.title) + by, width_ - 12)));
      if (!one.why.empty()) text(kDim, clean(one.why), 4);
    }
  }
  void jobs() {
    if (card_.jobs.empty()) return;
    head(plural(card_.jobs.size(), "job"));
    for (const CardJob& job : card_.jobs) {
      const std::string note = job.note.empty() ? "" : " · " + clean(job.note);
      line(cut(fmt::format("  {} {}{}", job.state == CardState::recovered ? "✅" : "❌", clean(job.name), note),
               width_));
    }
  }
  void notes() {
    const std::string gap = card_.recurrence.empty() || card_.footer.empty() ? "" : "  ·  ";
    if (!card_.recurrence.empty() || !card_.footer.empty()) {
      line("");
      text(kDim, clean(card_.recurrence) + gap + clean(card_.footer), 0);
    }
    for (const Link& one : card_.links) line(fmt::format("{}  {}", clean(one.text), paint(kBlue, clean(one.url))));
  }

  const Card& card_;
  const TerminalOptions& options_;
  std::string_view indent_;
  std::string_view bar_;
  size_t width_;
  std::string out_;
};

}  // namespace

std::string render_terminal(const Card& card, const TerminalOptions& options) { return Page(card, options, "").draw(); }

void TerminalNotifier::print(const Post& post, std::string_view mark) {
  const bool reply = !post.thread_id.empty();
  std::string head = fmt::format("{}{}{}", reply ? "  ↳ " : "", clean(post.channel), mark);
  if (post.maybe_repeated) head += " (possibly repeated)";
  if (options_.colour) head = fmt::format("{}{}{}", kDim, head, kReset);
  write_(fmt::format("\n{}\n{}", head, Page(post.card, options_, reply ? "    " : "").draw()));
}

Result<Receipt> TerminalNotifier::post(const Context&, const Post& post) {
  const std::lock_guard lock(mutex_);
  print(post, post.thread_id.empty() ? "" : "  in the thread");
  return Receipt{.channel_id = post.channel, .message_id = std::to_string(next_id_++), .permalink = {}};
}

Result<Receipt> TerminalNotifier::edit(const Context&, const Receipt& receipt, const Post& post) {
  const std::lock_guard lock(mutex_);
  print(post, "  (edited)");
  return receipt;
}

Result<std::optional<Receipt>> TerminalNotifier::find(const Context&, const Post&, UnixMs) {
  return std::optional<Receipt>();
}

}  // namespace fm::notify
