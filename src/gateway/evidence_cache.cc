#include "gateway/evidence_cache.h"

#include <openssl/sha.h>

#include <utility>
#include <vector>

namespace routellm::gateway {

EvidenceCache::Key EvidenceCache::KeyOf(std::string_view prompt) {
  Key key;
  SHA256(reinterpret_cast<const unsigned char*>(prompt.data()), prompt.size(), key.data());
  return key;
}

std::size_t EvidenceCache::BytesOf(const Entry& entry) {
  constexpr std::size_t kOverhead = 128;  // nodes of list and map, and the allocator's share
  const auto* embedding = std::get_if<std::vector<float>>(&entry.value);
  return sizeof(Entry) + kOverhead + (embedding != nullptr ? embedding->size() * sizeof(float) : 0);
}

std::optional<evidence::EvidenceValue> EvidenceCache::Find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->value;
}

void EvidenceCache::Insert(const Key& key, evidence::EvidenceValue value) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;
  entries_.push_front({key, std::move(value)});
  by_key_.emplace(key, entries_.begin());
  bytes_ += BytesOf(entries_.front());
  while (bytes_ > max_bytes_) {
    bytes_ -= BytesOf(entries_.back());
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

std::size_t EvidenceCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace routellm::gateway
