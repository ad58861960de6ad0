// Called by events/analyse_ci and the command `logs triage`. Hands to nobody: the answer is a value.
#include "logs/triage.h"

#include <algorithm>
#include <tuple>

#include "logs/cause.h"
#include "logs/evidence.h"
#include "logs/failing_tests.h"
#include "logs/failure_blocks.h"
#include "logs/fingerprint.h"
#include "logs/log_view.h"
#include "logs/mask.h"
#include "logs/passing_diff.h"

namespace fm::logs {
namespace {

constexpr size_t kFewBlocks = 12;  // up to here each block gets context

BlockKind kind_of(const FailureBlock& block) {
  if (block.trace) return BlockKind::traceback;
  return block.kind == LineKind::summary || block.kind == LineKind::exit ? BlockKind::summary : BlockKind::error;
}

std::string reason_of(const FailureBlock& block, bool compared) {
  std::string why;
  if (block.trace) {
    why = block.trace->language + " traceback";
  } else {
    switch (block.kind) {
      case LineKind::test:
        why = "failed test";
        break;
      case LineKind::summary:
        why = "the tool's summary";
        break;
      case LineKind::exit:
        why = "where the step ended";
        break;
      case LineKind::exception:
        why = "exception";
        break;
      default:
        why = "error message";
        break;
    }
  }
  if (compared) why += ", not in the passing run";
  return why;
}

/// The failure's blocks with a few lines around the ones that count; these are of kind context.
std::vector<Block> shown_blocks(const FailureBlocks& failure, bool compared, size_t lines, size_t around) {
  std::vector<Block> blocks;
  const auto& all = failure.blocks;
  for (size_t i = 0; i < all.size(); ++i) {
    const FailureBlock& block = all[i];
    const bool counts = i == failure.decisive || (all.size() <= kFewBlocks && block.kind != LineKind::exit);
    const size_t before = counts ? around : 0;
    const size_t shown = blocks.empty() ? 0 : blocks.back().end;
    const size_t from = std::max(shown + 1, block.start > before ? block.start - before : 1);
    if (from < block.start) blocks.push_back({from, block.start - 1, BlockKind::context, "lines before"});
    blocks.push_back({block.start, block.end, kind_of(block), reason_of(block, compared)});
    const size_t limit = i + 1 < all.size() ? all[i + 1].start - 1 : lines;
    const size_t to = std::min(limit, block.end + (i == failure.decisive ? around : 0));
    if (to > block.end) blocks.push_back({block.end + 1, to, BlockKind::context, "lines after"});
  }
  return blocks;
}

std::vector<size_t> pick_key_lines(LogView& log, const FailureBlocks& failure, size_t cause_line, size_t limit) {
  std::vector<const FailureBlock*> ranked;
  for (const FailureBlock& block : failure.blocks) ranked.push_back(&block);
  std::ranges::sort(ranked, [](const FailureBlock* a, const FailureBlock* b) {
    return std::tie(b->score, a->start) < std::tie(a->score, b->start);
  });
  std::vector<size_t> lines;
  std::vector<std::uint64_t> said;
  const auto take = [&](size_t line) {
    const std::uint64_t text = template_hash(log.plain(line));
    if (text == 0 || lines.size() >= limit || std::ranges::find(said, text) != said.end()) return;
    lines.push_back(line);
    said.push_back(text);
  };
  take(cause_line);
  if (!failure.blocks.empty()) take(failure.blocks[failure.decisive].key_line);
  for (const FailureBlock* block : ranked) {
    if (block->kind != LineKind::exit) take(block->key_line);
  }
  if (lines.empty() && !ranked.empty()) lines.push_back(ranked.front()->key_line);
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

std::string_view to_string(BlockKind kind) {
  switch (kind) {
    case BlockKind::error:
      return "error";
    case BlockKind::traceback:
      return "traceback";
    case BlockKind::summary:
      return "summary";
    case BlockKind::context:
      return "context";
  }
  return "error";
}

Triage triage(std::string_view text, std::optional<std::string_view> passing, const RuleSet& rules,
              const TriageOptions& options) {
  std::optional<PassingLines> passed;
  if (passing) passed.emplace(*passing);
  LineIndex index = LineIndex::while_reading(text);
  const Evidence evidence = collect_evidence(index, rules, passed ? &*passed : nullptr);
  LogView log(index);

  const FailureBlocks failure = find_failure_blocks(log, evidence, options);
  Triage result;
  result.lines = index.size();
  result.blocks = shown_blocks(failure, evidence.compared, index.size(), options.context_lines);
  result.step = failure.step;
  result.failing_tests = find_failing_tests(log, evidence);
  Diagnosis diagnosis = diagnose(log, evidence, failure, rules, result.failing_tests);
  result.fingerprint = fingerprint(log, diagnosis.cause, diagnosis.key_line, failure, result.failing_tests);
  result.key_lines = pick_key_lines(log, failure, diagnosis.key_line, std::min<size_t>(options.max_key_lines, 12));
  result.cause = std::move(diagnosis.cause);
  result.fix = std::move(diagnosis.fix);
  return result;
}

}  // namespace fm::logs
