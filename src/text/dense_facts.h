// What is known of a text at a glance: the dense part of a FeatureBag.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "text/feature_bag.h"

namespace routellm::text {

struct DenseFact {
  std::string_view name;     // an identifier, as an explanation prints it
  std::string_view meaning;  // how its value, in [0, 1], comes about
};

// The facts in the order of FeatureBag::dense. The order and the formulas belong to
// HashedFeatureSpec::kRevision.
[[nodiscard]] std::span<const DenseFact, FeatureBag::kDenseFacts> DenseFacts();

// What the tokenizer has seen on its way.
struct TokenCounts {
  std::size_t words = 0;                // runs of letters
  std::size_t letters = 0;              // characters in them
  std::size_t ideographs = 0;           // characters of scripts written without spaces
  bool begins_with_imperative = false;  // "Write", "explain", ...
};

// Linear in `text`, which may be any bytes; allocates nothing; thread-safe.
void MeasureDenseFacts(std::string_view text, const TokenCounts& tokens,
                       std::array<float, FeatureBag::kDenseFacts>& facts);

}  // namespace routellm::text
