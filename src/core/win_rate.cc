#include "core/win_rate.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace routellm {
namespace {

// from_chars also takes a minus sign, "inf" and "nan"; here only a digit or a point may begin a
// number.
std::optional<double> ParseNumber(std::string_view text) {
  if (text.empty() || !(text[0] == '.' || (text[0] >= '0' && text[0] <= '9'))) return std::nullopt;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<Threshold> Threshold::Create(double value) {
  if (!(value >= 0.0 && value <= 1.0)) {
    return Fail(ErrorCode::kInvalidRequest, "a threshold must lie in [0, 1]");
  }
  return Threshold(value);
}

Result<Threshold> Threshold::Parse(std::string_view text) {
  const auto value = ParseNumber(text);
  if (!value) {
    return Fail(ErrorCode::kInvalidRequest,
                "'" + std::string(text) + "' is not a threshold: give a number in [0, 1]");
  }
  return Create(*value);
}

Result<StrongShare> StrongShare::Create(double value) {
  if (!(value > 0.0 && value < 1.0)) {
    return Fail(ErrorCode::kInvalidRequest,
                "a share of strong calls must lie between 0 and 1, both excluded; a half is 0.5");
  }
  return StrongShare(value);
}

Result<StrongShare> StrongShare::Parse(std::string_view text) {
  const auto value = ParseNumber(text);
  return Create(value ? *value : std::nan(""));
}

}  // namespace routellm
