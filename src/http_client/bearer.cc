#include "http_client/bearer.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace routellm::http_client {

Result<Header> BearerFromEnvironment(const std::string& variable) {
  constexpr std::string_view kSpace = " \t\r\n";
  const char* value = std::getenv(variable.c_str());
  std::string_view key = value == nullptr ? "" : value;
  key.remove_prefix(std::min(key.find_first_not_of(kSpace), key.size()));
  key.remove_suffix(key.size() - (key.find_last_not_of(kSpace) + 1));
  if (key.empty()) {
    return Fail(ErrorCode::kInvalidRequest, "the environment variable with the key is not set",
                variable);
  }
  if (!std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; })) {
    return Fail(ErrorCode::kInvalidRequest,
                "the environment variable with the key holds more than one word of ASCII",
                variable);
  }
  return Header{"authorization", "Bearer " + std::string(key)};
}

}  // namespace routellm::http_client
