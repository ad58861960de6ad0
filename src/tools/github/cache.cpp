#include "tools/github/cache.h"

namespace fm::tools::github {

std::size_t EtagCache::weight(const Slot& slot) {
  return 2 * slot.key.size() + slot.answer.etag.size() + slot.answer.body.size() + slot.answer.link.size() + 128;
}

std::optional<CachedAnswer> EtagCache::get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  slots_.splice(slots_.begin(), slots_, found->second);
  return found->second->answer;
}

void EtagCache::put(const std::string& key, CachedAnswer answer) {
  Slot slot{key, std::move(answer)};
  const std::size_t size = weight(slot);
  const std::lock_guard lock(mutex_);
  if (const auto old = index_.find(key); old != index_.end()) drop(old->second);
  if (size > max_bytes_ / 8 || max_entries_ == 0) return;
  while (!slots_.empty() && (slots_.size() >= max_entries_ || bytes_ + size > max_bytes_))
    drop(std::prev(slots_.end()));
  slots_.push_front(std::move(slot));
  index_.emplace(key, slots_.begin());
  bytes_ += size;
}

std::size_t EtagCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void EtagCache::drop(std::list<Slot>::iterator slot) {
  bytes_ -= weight(*slot);
  index_.erase(slot->key);
  slots_.erase(slot);
}

}  // namespace fm::tools::github
