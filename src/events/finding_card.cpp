#include "events/finding_card.h"

#include <fmt/format.h>

#include "base/text.h"

namespace fm::events {
namespace {

std::string short_sha(std::string_view sha) { return std::string(sha.substr(0, 7)); }

std::string category_words(std::string_view category) { return replace_all(std::string(category), "_", " "); }

std::string code_of(const OccurrenceRow& main) {
  std::string code;
  const auto lines = parse_json(main.key_lines);
  if (!lines || !lines->is_array()) return code;
  std::int64_t last = 0;
  for (const json::value& line : lines->get_array()) {
    const std::int64_t n = int_at(line, "n");
    if (last != 0 && n > last + 1) code += "⋮\n";
    code += text_at(line, "text") + "\n";
    last = n;
  }
  return code;
}

std::string page_of(const CardContext& context, const OccurrenceRow& occurrence) {
  if (context.public_url.empty()) return {};
  return fmt::format("{}/occurrences/{}", context.public_url, occurrence.id);
}

std::string seen_text(const CardContext& context) {
  if (context.seen <= 1) return "first time";
  return fmt::format("{} times, first {} ago", context.seen,
                     human_duration_ms(std::max<UnixMs>(0, context.now - context.first_seen)));
}

void add_facts(notify::Card& card, const OccurrenceRow& main, const CardContext& context) {
  card.facts.push_back({"Job", main.job, main.url});
  if (!main.step.empty()) card.facts.push_back({"Failed step", main.step, {}});
  if (!main.sha.empty()) {
    card.facts.push_back({"Commit",
                          short_sha(main.sha) + (context.actor.empty() ? "" : " by " + context.actor) +
                              (context.commit_title.empty() ? "" : ": " + context.commit_title),
                          {}});
  }
  card.facts.push_back(
      {"Kind", fmt::format("{} ({:.0f} % sure)", category_words(main.category), main.confidence * 100), {}});
  card.facts.push_back({"Seen", seen_text(context), {}});
  if (main.completed_at > main.started_at && main.started_at > 0)
    card.facts.push_back({"Ran for", human_duration_ms(main.completed_at - main.started_at), {}});
}

}  // namespace

notify::Card make_card(const std::vector<OccurrenceRow>& run, const CardContext& context) {
  notify::Card card;
  if (run.empty()) return card;
  const OccurrenceRow& main = run.front();
  card.title = fmt::format("{} · {}{}", main.repository, main.workflow, main.branch.empty() ? "" : " · " + main.branch);
  card.url = page_of(context, main);
  add_facts(card, main, context);
  card.cause = main.cause;
  card.code = code_of(main);
  if (const auto fix = parse_json(main.fix); fix) {
    const logs::Fix parsed = fix_from_json(*fix);
    card.fix = parsed.summary;
    card.fix_steps = parsed.steps;
  }
  if (const auto suspects = parse_json(main.suspects); suspects) {
    for (const Suspect& s : suspects_from_json(*suspects)) {
      if (card.suspects.size() < 3) card.suspects.push_back({s.sha, s.message, s.author, s.url, s.why});
    }
  }
  if (run.size() > 1) {
    for (const OccurrenceRow& job : run) {
      card.jobs.push_back({job.job, job.cause, page_of(context, job),
                           job.state == "recovered" ? notify::CardState::recovered : notify::CardState::failing});
    }
  }
  if (context.seen > 1) card.recurrence = "Seen " + seen_text(context);
  if (!card.url.empty()) card.links.push_back({"View analysis", card.url});
  if (!main.url.empty()) card.links.push_back({"Open the run", main.url});
  card.footer = "No language model used";
  if (context.redactions > 0) card.footer += fmt::format(" · {} redacted", plural(context.redactions, "secret"));
  if (main.log_state != "stored") card.footer += " · log not available";
  return card;
}

std::string recovered_by_text(std::int64_t run_number, std::int64_t run_id, std::string_view sha,
                              std::string_view actor) {
  std::string text = run_number > 0 ? fmt::format("run #{}", run_number) : fmt::format("run {}", run_id);
  if (!sha.empty()) text += ", " + short_sha(sha);
  if (!actor.empty()) text += fmt::format(" by {}", actor);
  return text;
}

}  // namespace fm::events
