// The names that clients and operators may use.
#pragma once

#include <string>
#include <string_view>

#include "config/environment.h"

namespace routellm::config {

// Each returns what is wrong with the name, or an empty text.

// A model or route as clients call it: letters, digits and ._-:/@+, up to 128, not beginning with
// "router-".
[[nodiscard]] std::string CheckClientName(std::string_view name);

// A router in "router-NAME-THRESHOLD": letters, digits, '_' and '.', up to 64. No '-', which ends
// the name there.
[[nodiscard]] std::string CheckRouterName(std::string_view name);

// The type of a router: one that this program has.
[[nodiscard]] std::string CheckRouterType(std::string_view type, const Environment& environment);

// Whether the Python package has a router of that name.
[[nodiscard]] bool IsPythonRouter(std::string_view name);

}  // namespace routellm::config
