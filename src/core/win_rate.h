// The two numbers that a routing decision compares, and the share of decisions that one of them is
// chosen by.
#pragma once

#include <compare>
#include <string_view>

#include "core/error.h"

namespace routellm {

// The probability, in [0, 1], that the strong model's answer to a query is preferred to the weak
// model's, a tie counting one half.
class WinRate {
 public:
  WinRate() = default;

  // Clamps to [0, 1]. A NaN becomes 1: in doubt the strong model answers.
  [[nodiscard]] static constexpr WinRate Clamped(double value) {
    if (!(value <= 1.0)) return WinRate(1.0);
    return WinRate(value < 0.0 ? 0.0 : value);
  }

  [[nodiscard]] constexpr double value() const { return value_; }
  auto operator<=>(const WinRate&) const = default;

 private:
  constexpr explicit WinRate(double value) : value_(value) {}
  double value_ = 1.0;
};

// A win rate from which on the strong model answers, in [0, 1].
class Threshold {
 public:
  Threshold() = default;

  // Error kInvalidRequest if `value` is not in [0, 1] (NaN included).
  [[nodiscard]] static Result<Threshold> Create(double value);

  // Parses a plain decimal number (digits, point, exponent; no sign, no spaces, no hex). Errors as
  // Create.
  [[nodiscard]] static Result<Threshold> Parse(std::string_view text);

  [[nodiscard]] constexpr double value() const { return value_; }
  auto operator<=>(const Threshold&) const = default;

 private:
  constexpr explicit Threshold(double value) : value_(value) {}
  double value_ = 0.5;
};

// A share of queries that the strong model is to answer, between 0 and 1, both excluded: where
// always the same model answers there is nothing to route.
class StrongShare {
 public:
  // Error kInvalidRequest if `value` is not in (0, 1) (NaN included).
  [[nodiscard]] static Result<StrongShare> Create(double value);

  // Parses a number as Threshold::Parse does. Errors as Create.
  [[nodiscard]] static Result<StrongShare> Parse(std::string_view text);

  [[nodiscard]] constexpr double value() const { return value_; }

 private:
  constexpr explicit StrongShare(double value) : value_(value) {}
  double value_;
};

enum class Choice { kWeak, kStrong };

// The decision: `>=` is the strong model.
[[nodiscard]] constexpr Choice Decide(WinRate win_rate, Threshold threshold) {
  return win_rate.value() >= threshold.value() ? Choice::kStrong : Choice::kWeak;
}

}  // namespace routellm
