// Answers by URL with their ETag, so that asking again costs no rate limit (304). Least recently used goes first.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fm::tools::github {

struct CachedAnswer {
  std::string etag;
  std::string body;
  std::string link;  // the Link header
};

// Thread-safe. An answer larger than an eighth of max_bytes is not kept.
class EtagCache {
 public:
  EtagCache(std::size_t max_entries, std::size_t max_bytes) : max_entries_(max_entries), max_bytes_(max_bytes) {}

  std::optional<CachedAnswer> get(const std::string& key);
  void put(const std::string& key, CachedAnswer answer);
  std::size_t bytes() const;

 private:
  struct Slot {
    std::string key;
    CachedAnswer answer;
  };
  static std::size_t weight(const Slot& slot);
  void drop(std::list<Slot>::iterator slot);

  const std::size_t max_entries_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;  // guards all below
  std::list<Slot> slots_;     // newest use first
  std::unordered_map<std::string, std::list<Slot>::iterator> index_;
  std::size_t bytes_ = 0;
};

}  // namespace fm::tools::github
