// The scores of a benchmark's prompts, by a router or by a baseline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/router.h"

namespace routellm::evaluation {

// Each prompt's win rate by Router::Score, on all cores. Of a longer prompt the first `max_bytes`
// are scored, as the gateway does. Prompts must be valid UTF-8. For a router that scores
// embeddings, row i of `embeddings` is the i-th prompt's. Errors: as Router::Score; kInvalidData if
// such a router gets none, or not a row for each prompt.
[[nodiscard]] Result<std::vector<double>> ScorePrompts(
    const routing::Router& router, std::span<const std::string> prompts, std::size_t max_bytes,
    const embedding::Matrix* embeddings = nullptr);

// Scores of the baseline that sends the longest prompts to the strong model: characters (Unicode
// code points).
[[nodiscard]] std::vector<double> LengthScores(std::span<const std::string> prompts);

// `count` scores of the router `random` with this seed, the same in each run.
[[nodiscard]] std::vector<double> RandomScores(std::uint64_t seed, std::size_t count);

}  // namespace routellm::evaluation
