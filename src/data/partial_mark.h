// The mark of a benchmark that holds only some of its questions: partial.json beside its files,
// {"questions": N} with the number that there are in all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/error.h"

namespace routellm::data {

inline constexpr const char* kPartialMark = "partial.json";

// N, or 0 if `folder` (of one benchmark) has no mark. Errors: kIo; kInvalidData.
[[nodiscard]] Result<std::size_t> ReadPartialMark(const std::filesystem::path& folder);

[[nodiscard]] std::string FormatPartialMark(std::size_t questions);

}  // namespace routellm::data
