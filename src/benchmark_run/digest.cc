#include "benchmark_run/digest.h"

#include <fmt/core.h>

namespace routellm::benchmark_run {

std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
  return hash ^ (hash >> 33);
}

std::string Digest(std::string_view text) { return fmt::format("{:016x}", Hash(text)); }

}  // namespace routellm::benchmark_run
