// What firstmate tells people, before any channel's markup: one neutral card, rendered by each channel.
//
// Every text may come from a log, a branch name or a commit message: renderers treat all of it as untrusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace fm::notify {

enum class CardState { failing, recovered };

struct Fact {
  std::string name;   // "Failed step"
  std::string value;  // "Run tests"
  std::string url;    // may be empty
};

struct Suspect {
  std::string sha;    // whole; shown as seven characters
  std::string title;  // first line of the message
  std::string author;
  std::string url;
  std::string why;  // "changes src/cart.py, which the traceback names"; may be empty
};

struct CardJob {
  std::string name;
  std::string note;  // the failed step, or what it came to
  std::string url;
  CardState state = CardState::failing;
};

struct Link {
  std::string text;
  std::string url;
};

struct Card {
  CardState state = CardState::failing;
  std::string title;        // "acme/web · CI · main"
  std::string url;          // what the title leads to: our page; may be empty
  std::vector<Fact> facts;  // at most 10 are shown
  std::string cause;        // up to three sentences
  std::string code;         // the few lines that matter, as they stand in the log
  std::string fix;          // a sentence
  std::vector<std::string> fix_steps;
  std::vector<Suspect> suspects;
  std::vector<CardJob> jobs;  // when more than one failed
  std::string recurrence;     // "Seen 4 times in 7 days, first on 14 Nov"
  std::string recovered_by;   // "run #42, a1b2c3d by Ada"; only when recovered
  std::vector<Link> links;    // the first is the main one
  std::string footer;         // "No model used · 2 secrets redacted"

  bool operator==(const Card&) const;
};

json::object to_json(const Card& card);
// Unknown members are ignored, missing ones are empty. Error: invalid when it is no object.
Result<Card> card_from_json(const json::value& value);

// One line that says it all, for lists, digests and screen readers: "Failing: acme/web · CI · main: KeyError in …".
std::string headline(const Card& card);
// Several new failures as one card: each a line under `jobs`.
Card digest_of(const std::vector<Card>& cards);

}  // namespace fm::notify
