// A failed build's log in, what broke out: the lines that matter, the cause, the fix, a fingerprint.
//
//   triage(log, passing, rules) → index lines → evidence per line → tracebacks and blocks → what is new since the
//   last pass → the rule (or, without one, the kind of failure) nearest the decisive block → Triage
//
// Pure: no I/O, no clock, no globals; the same input gives the same answer. Thread-safe for a shared RuleSet.
// Time is linear in the log (about 100 MB in a second); memory is bounded by what looks like a failure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "logs/rules.h"

namespace fm::logs {

enum class BlockKind { error, traceback, summary, context };

std::string_view to_string(BlockKind kind);

/// Lines that belong together; 1-based, inclusive, of the input as given. Blocks never overlap and are in order.
struct Block {
  size_t start = 0;
  size_t end = 0;
  BlockKind kind = BlockKind::error;
  std::string why;  // "Python traceback: KeyError", "new since the passing run", …
};

struct Cause {
  std::string summary;               // one sentence with the concrete names
  std::string category = "unknown";  // one of the 14 of is_category
  double confidence = 0;             // 0..1: how often an answer like this is right
  std::string rule;                  // rule id; empty when no rule matched
};

struct Fix {
  std::string summary;
  std::vector<std::string> steps;
};

struct Step {
  std::string name;
  size_t start = 0;
  size_t end = 0;
};

struct Triage {
  size_t lines = 0;
  std::vector<Block> blocks;
  Cause cause;
  std::optional<Step> step;  // the step that failed, where the log tells steps apart
  std::optional<Fix> fix;
  std::string fingerprint;                 // 32 hexadecimal digits, equal for the same failure in another run
  std::vector<size_t> key_lines;           // at most max_key_lines, in order: what to quote in a message
  std::vector<std::string> failing_tests;  // as the tool names them, first come first, at most 50
};

struct TriageOptions {
  size_t max_key_lines = 8;  // at most 12
  size_t max_blocks = 60;    // the weakest beyond it are dropped
  size_t context_lines = 3;  // shown (kind context) before and after the decisive block
};

/// `log`: the failed run's log as fetched or piped, any encoding (bytes that are no UTF-8 stay as they are).
/// `passing`: the log of the same job when it last passed, if known.
Triage triage(std::string_view log, std::optional<std::string_view> passing, const RuleSet& rules,
              const TriageOptions& options = {});

/// {"lines", "blocks": [{"start","end","kind","why"}], "cause": {"summary","category","confidence","rule"},
///  "step": {"name","start","end"}|null, "fix": {"summary","steps"}|null, "fingerprint", "key_lines", "failing_tests"}
json::object to_json(const Triage& triage);

/// What `firstmate logs triage` prints: cause, place, the few lines that matter with their numbers, the fix.
std::string render_text(const Triage& triage, std::string_view log, bool colour);

}  // namespace fm::logs
