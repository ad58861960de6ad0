#include "logs/block_relations.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/hash.h"

namespace fm::logs {
namespace {

constexpr size_t kNearEnd = 60;    // lines before the end of the failure
constexpr size_t kNearBlock = 40;  // lines between related blocks
constexpr size_t kMaxLines = 400;  // of a block that are read for names

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/// File names, CamelCase and snake_case words of some length: what two messages about one thing share.
bool is_telling(std::string_view word) {
  if (word.size() < 6 || word.size() > 120) return false;
  size_t upper = 0, lower = 0, underscore = 0;
  for (const char c : word) {
    upper += c >= 'A' && c <= 'Z';
    lower += c >= 'a' && c <= 'z';
    underscore += c == '_';
  }
  const size_t dot = word.rfind('.');
  const bool file = dot != std::string_view::npos && dot > 1 && word.size() - dot <= 6 && word.size() - dot >= 2;
  const bool camel = upper >= 2 && lower >= 4 && word.find('.') == std::string_view::npos;
  return file || camel || (underscore >= 1 && lower >= 5);
}

template <class Each>
void for_names(std::string_view text, Each&& each) {
  if (text.find("http") != std::string_view::npos) return;  // help pages are the same for all
  for (size_t i = 0; i < text.size();) {
    if (!is_name_char(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_name_char(text[i])) ++i;
    std::string_view word = text.substr(begin, i - begin);
    while (!word.empty() && (word.back() == '.' || word.back() == '-')) word.remove_suffix(1);
    // "a.b.Name": the last part tells.
    if (is_telling(word)) each(hash64(word));
    const size_t dot = word.rfind('.');
    if (dot != std::string_view::npos && is_telling(word.substr(dot + 1))) each(hash64(word.substr(dot + 1)));
  }
}

}  // namespace

void relate_blocks(LogView& log, FailureBlocks& found) {
  auto& blocks = found.blocks;
  std::unordered_set<std::uint64_t> names;
  const auto learn = [&](const FailureBlock& block) {
    if (block.trace) return;  // frames name half of the program
    for (size_t n = block.start; n <= block.end && n - block.start < kMaxLines; ++n) {
      for_names(log.plain(n), [&](std::uint64_t name) { names.insert(name); });
    }
  };
  const auto shares_name = [&](const FailureBlock& block) {
    bool shared = false;
    const size_t end =
        block.trace ? std::min(block.end, block.start + 1) : std::min(block.end, block.start + kMaxLines);
    for (size_t n = block.start; n <= end && !shared; ++n) {
      for_names(log.plain(n), [&](std::uint64_t name) { shared = shared || names.contains(name); });
    }
    return shared;
  };

  const size_t end = found.end_of_failure;
  size_t nearest = end;  // start of the related block before which we look
  for (size_t i = blocks.size(); i-- > 0;) {
    FailureBlock& block = blocks[i];
    const bool after = block.start >= end;
    const bool near_end = block.end + kNearEnd >= end;
    const bool near_block = nearest != end && block.end + kNearBlock >= nearest;
    if (!after && !near_end && !near_block) continue;
    block.related = true;
    if (!after) nearest = block.start;
    learn(block);
  }
  for (size_t i = blocks.size(); i-- > 0;) {
    if (!blocks[i].related && shares_name(blocks[i])) blocks[i].related = true;
  }
  for (size_t i = blocks.size(); i-- > 1;) {  // and what stands right before or after such a one
    if (blocks[i].related && blocks[i - 1].end + kNearBlock >= blocks[i].start) blocks[i - 1].related = true;
  }
  for (size_t i = 1; i < blocks.size(); ++i) {
    if (blocks[i - 1].related && blocks[i - 1].end + kNearBlock >= blocks[i].start) blocks[i].related = true;
  }
}

}  // namespace fm::logs
