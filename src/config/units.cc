#include "config/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace routellm::config {
namespace {

using Unit = std::pair<std::string_view, double>;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <typename T>
std::optional<T> ParseWhole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || !IsDigit(text[0]) || error != std::errc{} ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Splits "32KiB" into 32 and its unit's factor.
template <std::size_t N>
std::optional<std::pair<double, double>> ParseQuantity(std::string_view text,
                                                       const std::array<Unit, N>& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = ParseWhole<double>(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const auto& [name, factor] : units) {
    if (text.substr(digits) == name) return std::pair(*number, factor);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  static constexpr std::array<Unit, 4> kUnits{{{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}}};
  constexpr double kDay = 24 * 3600e3;
  const auto quantity = ParseQuantity(text, kUnits);
  if (!quantity || quantity->first * quantity->second > kDay) return std::nullopt;
  return std::chrono::milliseconds(std::llround(quantity->first * quantity->second));
}

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  static constexpr std::array<Unit, 8> kUnits{{{"", 1},
                                               {"B", 1},
                                               {"kB", 1e3},
                                               {"MB", 1e6},
                                               {"GB", 1e9},
                                               {"KiB", 1024.0},
                                               {"MiB", 1024.0 * 1024},
                                               {"GiB", 1024.0 * 1024 * 1024}}};
  constexpr double kTebibyte = 1024.0 * 1024 * 1024 * 1024;
  const auto quantity = ParseQuantity(text, kUnits);
  if (!quantity || std::floor(quantity->first) != quantity->first) return std::nullopt;
  const double bytes = quantity->first * quantity->second;
  if (bytes > kTebibyte) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::optional<double> ParseNumber(std::string_view text) {
  const auto value = ParseWhole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::uint64_t> ParseInteger(std::string_view text) {
  return ParseWhole<std::uint64_t>(text);
}

}  // namespace routellm::config
