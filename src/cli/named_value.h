// Flags whose value is "NAME=VALUE".
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::cli {

struct NamedValue {
  std::string name;
  std::string value;
};

// Splits at the last '='. Error kInvalidRequest, naming `flag` and the `form` that was expected,
// such as "NAME=FILE", if there is none or a side is empty.
[[nodiscard]] Result<NamedValue> ParseNamedValue(std::string_view flag, std::string_view form,
                                                 std::string_view argument);

struct NamedNumber {
  std::string name;
  double value = 0.0;
};

// As above, with a finite number.
[[nodiscard]] Result<NamedNumber> ParseNamedNumber(std::string_view flag, std::string_view form,
                                                   std::string_view argument);

}  // namespace routellm::cli
