#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/problems.h"

namespace routellm::config {
namespace {

constexpr std::array<std::string_view, 5> kPythonRouters{"random", "mf", "causal_llm", "bert",
                                                         "sw_ranking"};
constexpr std::size_t kMaxClientNameBytes = 128;
constexpr std::size_t kMaxRouterNameBytes = 64;

bool IsMadeOf(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [punctuation](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string CheckClientName(std::string_view name) {
  if (name.empty()) return "a name must not be empty";
  if (name.substr(0, 7) == "router-") {
    return "a name must not begin with 'router-': clients write router-NAME-THRESHOLD for a router";
  }
  if (name.size() > kMaxClientNameBytes || !IsMadeOf(name, "._-:/@+")) {
    return fmt::format("a name is up to {} letters, digits and ._-:/@+", kMaxClientNameBytes);
  }
  return {};
}

std::string CheckRouterName(std::string_view name) {
  if (name.empty() || name.size() > kMaxRouterNameBytes || !IsMadeOf(name, "_.")) {
    return fmt::format("a router's name is up to {} letters, digits, '_' and '.'",
                       kMaxRouterNameBytes);
  }
  return {};
}

std::string CheckRouterType(std::string_view type, const Environment& environment) {
  const auto& types = environment.router_types;
  if (std::find(types.begin(), types.end(), type) != types.end()) return {};
  if (IsPythonRouter(type)) {
    return fmt::format("this program does not have the router {} yet: it has {}", type,
                       Join(types));
  }
  return fmt::format("there is no router '{}'{}: known are {}", Printable(type),
                     DidYouMean(type, types), Join(types));
}

bool IsPythonRouter(std::string_view name) {
  return std::find(kPythonRouters.begin(), kPythonRouters.end(), name) != kPythonRouters.end();
}

}  // namespace routellm::config
