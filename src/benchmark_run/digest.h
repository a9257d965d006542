// Short names of texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace routellm::benchmark_run {

// FNV-1a, mixed so that similar texts are far apart: the same on all platforms, not for secrets.
[[nodiscard]] std::uint64_t Hash(std::string_view text);

// Hash as 16 hexadecimal digits.
[[nodiscard]] std::string Digest(std::string_view text);

}  // namespace routellm::benchmark_run
