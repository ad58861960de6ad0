#include "logs/failure_blocks.h"

#include <algorithm>
#include <unordered_map>

#include "logs/block_builder.h"
#include "logs/block_relations.h"
#include "logs/mask.h"
#include "logs/steps.h"

namespace fm::logs {
namespace {

constexpr int kKeep = 55;         // a block of this score is shown
constexpr int kFarPenalty = 25;   // far from the end of the failure and in no relation to it
constexpr size_t kBudget = 90;    // lines shown beyond which repeats fall away
constexpr size_t kLongList = 60;  // lines of one template in a row beyond which the middle is left out
constexpr size_t kTail = 15;      // output lines shown before an exit that nothing explains

/// The last line that ends the job badly; 0 when the log has none.
size_t end_of_failure(const Evidence& evidence) {
  size_t annotated_exit = 0, annotated = 0, exit = 0, strong = 0;
  for (const Hit& hit : evidence.hits) {
    if (hit.annotated) annotated = hit.line;
    if (hit.annotated && hit.is.kind == LineKind::exit) annotated_exit = hit.line;
    if (hit.is.kind == LineKind::exit && !hit.known) exit = hit.line;
    if (hit.is.weight >= kKeep && !hit.known) strong = hit.line;
  }
  for (const size_t line : {annotated_exit, annotated, exit}) {
    if (line != 0) return line;
  }
  return strong;
}

void score(FailureBlock& block, const FailureBlocks& found, const Evidence& evidence) {
  block.score = block.weight;
  if (found.step) {
    const bool before = block.end < found.step->start;
    const bool after = block.start > found.end_of_failure + 1 && block.start > found.step->end;
    block.score += after ? -40 : before ? -16 : 10;
  }
  if (found.end_of_failure != 0 && block.start > found.end_of_failure + 1 && block.weight < 70) block.score -= 15;
  if (!evidence.compared && !block.related && block.kind != LineKind::test) block.score -= kFarPenalty;
}

/// Within the budget all stay; beyond it, what was shown twice is not shown again.
void drop_repeats(LogView& log, std::vector<FailureBlock>& blocks, size_t end_of_failure) {
  size_t lines = 0;
  for (const FailureBlock& block : blocks) lines += block.end - block.start + 1;
  if (lines <= kBudget) return;
  std::unordered_map<std::uint64_t, size_t> shown;
  std::erase_if(blocks, [&](FailureBlock& block) {
    if (++shown[template_hash(log.plain(block.key_line))] <= 2 || block.kind == LineKind::exit) return false;
    if (block.start > end_of_failure || block.end < end_of_failure) return true;
    block.start = block.key_line = end_of_failure;  // the end is always shown
    block.trace.reset();
    block.kind = LineKind::exit;
    return false;
  });
}

/// A list of hundreds of like errors: its beginning and end say it.
void shorten_lists(LogView& log, std::vector<FailureBlock>& blocks) {
  std::vector<FailureBlock> shorter;
  for (FailureBlock& block : blocks) {
    const size_t lines = block.end - block.start + 1;
    if (block.trace || lines <= kLongList || block.strong_lines * 3 < lines * 2) {
      shorter.push_back(std::move(block));
      continue;
    }
    std::unordered_map<std::uint64_t, size_t> templates;
    size_t most = 0;
    for (size_t n = block.start; n <= block.end; ++n) most = std::max(most, ++templates[template_hash(log.plain(n))]);
    if (most * 2 < lines) {
      shorter.push_back(std::move(block));
      continue;
    }
    FailureBlock tail = block;
    tail.start = block.end - 9;
    tail.key_line = std::max(block.key_line, tail.start);
    block.end = block.start + kLongList / 2;
    block.key_line = std::min(block.key_line, block.end);
    shorter.push_back(std::move(block));
    shorter.push_back(std::move(tail));
  }
  blocks = std::move(shorter);
}

/// A step that only says that it ended badly: the last it printed before is the best there is.
void explain_bare_exit(LogView& log, FailureBlocks& found) {
  const bool explained = std::ranges::any_of(found.blocks, [&](const FailureBlock& block) {
    return block.kind != LineKind::exit &&
           (!found.step || (block.end >= found.step->start && block.start <= found.step->end));
  });
  if (explained || found.end_of_failure == 0) return;
  const auto exit = std::ranges::find_if(found.blocks, [&](const FailureBlock& block) {
    return block.start <= found.end_of_failure && block.end >= found.end_of_failure;
  });
  if (exit == found.blocks.end()) return;
  const size_t low =
      std::max<size_t>(found.step ? found.step->start + 1 : 1, exit->start > kTail ? exit->start - kTail : 1);
  size_t start = exit->start;
  for (size_t n = exit->start - 1; n >= low && n > 0; --n) {
    const Peeled line = log.peeled(n);
    if (line.marker == Marker::endgroup || line.marker == Marker::group) break;
    if (!left_trimmed(line.text).empty()) start = n;
  }
  if (exit != found.blocks.begin()) start = std::max(start, std::prev(exit)->end + 1);
  exit->start = start;
  if (start < found.end_of_failure) exit->key_line = last_words(log, start, exit->end, exit->key_line);
}

}  // namespace

FailureBlocks find_failure_blocks(LogView& log, const Evidence& evidence, const TriageOptions& options) {
  FailureBlocks found;
  found.end_of_failure = end_of_failure(evidence);
  found.step = step_of(log, evidence, found.end_of_failure);
  found.blocks = build_blocks(log, evidence);
  relate_blocks(log, found);
  for (FailureBlock& block : found.blocks) score(block, found, evidence);
  std::erase_if(found.blocks, [](const FailureBlock& block) { return block.score < kKeep; });
  drop_repeats(log, found.blocks, found.end_of_failure);
  shorten_lists(log, found.blocks);
  explain_bare_exit(log, found);

  while (found.blocks.size() > options.max_blocks) {
    found.blocks.erase(std::ranges::min_element(found.blocks, {}, &FailureBlock::score));
  }
  for (size_t i = 0; i < found.blocks.size(); ++i) {
    const FailureBlock& best = found.blocks[found.decisive];
    const bool exit = found.blocks[i].kind == LineKind::exit;
    if (!exit && (found.blocks[i].score > best.score || best.kind == LineKind::exit)) found.decisive = i;
  }
  return found;
}

}  // namespace fm::logs
