// A YAML document as a plain tree that knows its lines, within limits that make any input harmless.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"

namespace routellm::config {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  int line = 0;                    // 1-based
  std::string scalar;              // kScalar
  std::vector<YamlNode> items;     // kSequence
  std::vector<YamlEntry> entries;  // kMap, in the order of the file; a key may occur twice
};

struct YamlEntry {
  std::string key;
  int line = 0;  // 1-based, of the key
  YamlNode value;
};

inline constexpr std::size_t kMaxYamlBytes = 1024 * 1024;
inline constexpr std::size_t kMaxYamlDepth = 16;

// The tree of `text`. Reports and returns nothing for text over kMaxYamlBytes, nesting over
// kMaxYamlDepth, no document or several, a syntax error, an alias (`*name`), a key that is not a
// scalar.
[[nodiscard]] std::optional<YamlNode> ParseYaml(std::string_view text, Problems& problems);

}  // namespace routellm::config
