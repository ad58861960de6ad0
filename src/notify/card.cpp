#include "notify/card.h"

#include <tuple>

#include <fmt/format.h>

#include "base/text.h"

namespace fm::notify {
namespace {

std::string_view to_string(CardState state) { return state == CardState::recovered ? "recovered" : "failing"; }
CardState state_from(const json::value& value) {
  return text_at(value, "state") == "recovered" ? CardState::recovered : CardState::failing;
}

template <class List, class Make>
json::array list(const List& items, Make make) {
  json::array out;
  for (const auto& item : items) out.push_back(make(item));
  return out;
}

auto tie(const Fact& f) { return std::tie(f.name, f.value, f.url); }
auto tie(const Suspect& s) { return std::tie(s.sha, s.title, s.author, s.url, s.why); }
auto tie(const CardJob& j) { return std::tie(j.name, j.note, j.url, j.state); }
auto tie(const Link& l) { return std::tie(l.text, l.url); }

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (tie(a[i]) != tie(b[i])) return false;
  }
  return true;
}

}  // namespace

bool Card::operator==(const Card& o) const {
  return std::tie(state, title, url, cause, code, fix, fix_steps, recurrence, recovered_by, footer) ==
             std::tie(o.state, o.title, o.url, o.cause, o.code, o.fix, o.fix_steps, o.recurrence, o.recovered_by,
                      o.footer) &&
         same(facts, o.facts) && same(suspects, o.suspects) && same(jobs, o.jobs) && same(links, o.links);
}

json::object to_json(const Card& card) {
  return {
      {"state", to_string(card.state)},
      {"title", card.title},
      {"url", card.url},
      {"facts", list(card.facts,
                     [](const Fact& f) { return json::object{{"name", f.name}, {"value", f.value}, {"url", f.url}}; })},
      {"cause", card.cause},
      {"code", card.code},
      {"fix", card.fix},
      {"fix_steps", list(card.fix_steps, [](const std::string& s) { return json::value(s); })},
      {"suspects", list(card.suspects,
                        [](const Suspect& s) {
                          return json::object{
                              {"sha", s.sha}, {"title", s.title}, {"author", s.author}, {"url", s.url}, {"why", s.why}};
                        })},
      {"jobs", list(card.jobs,
                    [](const CardJob& j) {
                      return json::object{
                          {"name", j.name}, {"note", j.note}, {"url", j.url}, {"state", to_string(j.state)}};
                    })},
      {"recurrence", card.recurrence},
      {"recovered_by", card.recovered_by},
      {"links", list(card.links, [](const Link& l) { return json::object{{"text", l.text}, {"url", l.url}}; })},
      {"footer", card.footer},
  };
}

Result<Card> card_from_json(const json::value& value) {
  if (!value.is_object()) return fail(Code::invalid, "a card must be a JSON object");
  Card card;
  card.state = state_from(value);
  card.title = text_at(value, "title");
  card.url = text_at(value, "url");
  card.cause = text_at(value, "cause");
  card.code = text_at(value, "code");
  card.fix = text_at(value, "fix");
  card.recurrence = text_at(value, "recurrence");
  card.recovered_by = text_at(value, "recovered_by");
  card.footer = text_at(value, "footer");
  for (const auto& f : array_at(value, "facts"))
    card.facts.push_back({text_at(f, "name"), text_at(f, "value"), text_at(f, "url")});
  for (const auto& s : array_at(value, "fix_steps")) {
    if (s.is_string()) card.fix_steps.emplace_back(s.get_string());
  }
  for (const auto& s : array_at(value, "suspects")) {
    card.suspects.push_back(
        {text_at(s, "sha"), text_at(s, "title"), text_at(s, "author"), text_at(s, "url"), text_at(s, "why")});
  }
  for (const auto& j : array_at(value, "jobs")) {
    card.jobs.push_back({text_at(j, "name"), text_at(j, "note"), text_at(j, "url"), state_from(j)});
  }
  for (const auto& l : array_at(value, "links")) card.links.push_back({text_at(l, "text"), text_at(l, "url")});
  return card;
}

std::string headline(const Card& card) {
  if (card.state == CardState::recovered) {
    return fmt::format("Recovered: {}{}{}", card.title, card.recovered_by.empty() ? "" : " by ", card.recovered_by);
  }
  return fmt::format("Failing: {}{}{}", card.title, card.cause.empty() ? "" : ": ", card.cause);
}

Card digest_of(const std::vector<Card>& cards) {
  Card digest;
  size_t failing = 0;
  for (const Card& card : cards) {
    if (card.state == CardState::failing) ++failing;
    const std::string& note = card.state == CardState::recovered ? card.recovered_by : card.cause;
    digest.jobs.push_back({card.title, note, card.url, card.state});
  }
  digest.state = failing == 0 ? CardState::recovered : CardState::failing;
  digest.title =
      failing == 0 ? plural(cards.size(), "failure") + " recovered" : plural(failing, "new failure") + " at once";
  digest.footer = "Many failures at the same time are put together in one message";
  return digest;
}

}  // namespace fm::notify
