// JSON at the level of its characters, for bodies that are forwarded as they came.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace routellm::openai {

// True for exactly one JSON scalar without space around it: string, number, true, false or null
// (RFC 8259). Strings must have no control characters already; simdjson's first pass sees to that.
[[nodiscard]] bool IsJsonScalar(std::string_view token);

// Appends the text of a JSON string token (quotes included; valid by IsJsonScalar) to `out`,
// stopping before `out` would grow over `max_size` bytes: false if that left something out. Half a
// surrogate pair becomes U+FFFD.
bool AppendJsonString(std::string_view token, std::size_t max_size, std::string& out);

// `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string ToJsonString(std::string_view text);

}  // namespace routellm::openai
