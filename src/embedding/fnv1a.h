// The 64-bit FNV-1a hash (Fowler, Noll and Vo): tells files apart that nobody made to look alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace routellm::embedding {

class Fnv1a {
 public:
  void Add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      value_ = (value_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001B3;
    }
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325;
};

}  // namespace routellm::embedding
