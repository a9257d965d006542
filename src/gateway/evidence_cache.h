// Evidence of prompts that came before.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "evidence/evidence_value.h"

namespace routellm::gateway {

// The least recently used goes first. Prompts are not held: the key is their SHA-256 digest.
// Thread-safe; one lock, held for the copy of one value.
class EvidenceCache {
 public:
  using Key = std::array<unsigned char, 32>;

  // Values and all that belongs to them take about `max_bytes` at most.
  explicit EvidenceCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  [[nodiscard]] static Key KeyOf(std::string_view prompt);

  [[nodiscard]] std::optional<evidence::EvidenceValue> Find(const Key& key);
  void Insert(const Key& key, evidence::EvidenceValue value);

  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    Key key;
    evidence::EvidenceValue value;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::size_t hash = 0;
      std::memcpy(&hash, key.data(), sizeof(hash));
      return hash;
    }
  };
  using Entries = std::list<Entry>;

  static std::size_t BytesOf(const Entry& entry);

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;  // protects:
  Entries entries_;           // the one used last comes first
  std::unordered_map<Key, Entries::iterator, Hash> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace routellm::gateway
