#include "logs/keyword_scanner.h"

#include <bit>
#include <deque>
#include <map>

namespace fm::logs {
namespace {

struct Node {
  std::map<std::uint8_t, std::uint32_t> children;  // by column
  std::uint32_t fallback = 0;
  std::vector<int> ids;
};

unsigned char lower(unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 32) : c; }

constexpr std::size_t kLongest = 12;
constexpr std::size_t kMostStates = 32'000;

// class_of: byte → column. Of keywords from `cut_from` on only the first `longest` bytes count.
std::vector<Node> make_trie(const std::vector<std::string>& keywords, std::size_t cut_from,
                            const std::uint8_t* class_of, std::size_t longest) {
  std::vector<Node> nodes(1);
  for (std::size_t id = 0; id < keywords.size(); ++id) {
    if (keywords[id].empty()) continue;
    std::uint32_t at = 0;
    const std::size_t length = id < cut_from ? std::string::npos : longest;
    for (const char c : std::string_view(keywords[id]).substr(0, length)) {
      const std::uint8_t column = class_of[static_cast<unsigned char>(c)];
      auto [child, added] = nodes[at].children.try_emplace(column, static_cast<std::uint32_t>(nodes.size()));
      at = child->second;
      if (added) nodes.emplace_back();
    }
    nodes[at].ids.push_back(static_cast<int>(id));
  }
  return nodes;
}

}  // namespace

KeywordScanner::KeywordScanner(const std::vector<std::string>& whole, const std::vector<std::string>& prefixes) {
  std::vector<std::string> keywords = whole;
  keywords.insert(keywords.end(), prefixes.begin(), prefixes.end());
  unsigned columns = 1;
  for (const std::string& word : keywords) {
    for (const char c : word) {
      std::uint8_t& column = class_of_[lower(static_cast<unsigned char>(c))];
      if (column == 0) column = static_cast<std::uint8_t>(columns++);
    }
  }
  for (unsigned c = 'A'; c <= 'Z'; ++c) class_of_[c] = class_of_[c + 32];
  shift_ = static_cast<unsigned>(std::bit_width(columns - 1));

  std::vector<Node> nodes;
  for (std::size_t longest = kLongest; longest > 3 && (nodes.empty() || nodes.size() > kMostStates); --longest) {
    nodes = make_trie(keywords, whole.size(), class_of_, longest);
  }
  next_.assign(nodes.size() << shift_, 0);
  std::deque<std::uint32_t> queue = {0};
  while (!queue.empty()) {  // breadth first: a node's fallback is complete before the node
    const std::uint32_t at = queue.front();
    queue.pop_front();
    const std::uint32_t fallback = nodes[at].fallback;
    const auto& inherited = nodes[fallback].ids;
    if (at != 0) nodes[at].ids.insert(nodes[at].ids.end(), inherited.begin(), inherited.end());
    for (std::uint32_t column = 0; column < (1U << shift_); ++column) {
      std::uint16_t& cell = next_[(at << shift_) + column];
      const std::uint16_t by_fallback = at == 0 ? std::uint16_t{0} : next_[(fallback << shift_) + column];
      const auto child = nodes[at].children.find(static_cast<std::uint8_t>(column));
      if (child == nodes[at].children.end()) {
        cell = by_fallback;
      } else {
        cell = static_cast<std::uint16_t>(child->second);
        nodes[child->second].fallback = by_fallback;
        queue.push_back(child->second);
      }
    }
  }
  for (std::uint16_t& cell : next_) {
    if (!nodes[cell].ids.empty()) cell |= kFinds;
  }
  for (const Node& node : nodes) {
    first_.push_back(static_cast<std::uint32_t>(ids_.size()));
    ids_.insert(ids_.end(), node.ids.begin(), node.ids.end());
  }
  first_.push_back(static_cast<std::uint32_t>(ids_.size()));
}

}  // namespace fm::logs
