#include "cli/named_value.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

namespace routellm::cli {

Result<NamedValue> ParseNamedValue(std::string_view flag, std::string_view form,
                                   std::string_view argument) {
  const std::size_t equals = argument.rfind('=');
  if (equals == 0 || equals == std::string_view::npos || equals + 1 == argument.size()) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("{} {}: {} was expected", flag, argument, form));
  }
  return NamedValue{std::string(argument.substr(0, equals)),
                    std::string(argument.substr(equals + 1))};
}

Result<NamedNumber> ParseNamedNumber(std::string_view flag, std::string_view form,
                                     std::string_view argument) {
  auto named = ParseNamedValue(flag, form, argument);
  if (!named) return tl::unexpected(named.error());
  const std::string& text = named->value;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("{} {}: '{}' is not a number", flag, argument, text));
  }
  return NamedNumber{std::move(named->name), value};
}

}  // namespace routellm::cli
