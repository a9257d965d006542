#include "core/win_rate.h"

#include <charconv>
#include <string>

namespace routellm {

Result<Threshold> Threshold::Create(double value) {
  if (!(value >= 0.0 && value <= 1.0)) {
    return Fail(ErrorCode::kInvalidRequest, "a threshold must lie in [0, 1]");
  }
  return Threshold(value);
}

Result<Threshold> Threshold::Parse(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // from_chars also takes a minus sign, "inf" and "nan"; only a digit or a point may begin a
  // threshold.
  const bool numeric = !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
  if (!numeric || error != std::errc{} || end != text.data() + text.size()) {
    return Fail(ErrorCode::kInvalidRequest,
                "'" + std::string(text) + "' is not a threshold: give a number in [0, 1]");
  }
  return Create(value);
}

}  // namespace routellm
