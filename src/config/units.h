// Durations and sizes as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace routellm::config {

// "500ms", "5s", "2m", "1h", "0.5s": a decimal number and a unit. Nothing for anything else, and
// for what is over a day.
[[nodiscard]] std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

// "65536", "512B", "32KiB", "10MB", "1GiB": a whole number of bytes, kB/MB/GB (powers of 1000) or
// KiB/MiB/GiB (powers of 1024). Nothing for anything else, and for what is over 1 TiB.
[[nodiscard]] std::optional<std::uint64_t> ParseSize(std::string_view text);

// The whole of `text` as a plain decimal number, without a sign. Nothing for anything else, "inf"
// and "nan" included.
[[nodiscard]] std::optional<double> ParseNumber(std::string_view text);

// The whole of `text` as decimal digits.
[[nodiscard]] std::optional<std::uint64_t> ParseInteger(std::string_view text);

}  // namespace routellm::config
