// Evaluation prompts that occur, exactly or nearly, in training data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::contamination {

// The measures. A pair of prompts that meets several is of the first of these kinds.
enum class MatchKind : std::uint8_t {
  kExact,    // the same words in the same order (text/normalize.h)
  kStem,     // so without the options of one or both (contamination/stem.h)
  kOverlap,  // runs of words in common (contamination/shingles.h), of whole prompts or stems
  kCosine,   // vectors of whole prompts that point the same way
};

inline constexpr std::size_t kMatchKinds = 4;

// An identifier: "exact", "stem", "overlap", "cosine".
[[nodiscard]] std::string_view MatchKindName(MatchKind kind);

struct Match {
  std::uint32_t train = 0;  // index
  std::uint32_t eval = 0;   // index
  MatchKind kind = MatchKind::kExact;
  double overlap = 0;            // 0 to 1; 0 if one has fewer words than a run
  std::optional<double> cosine;  // none if no vectors were given
};

struct MatchOptions {
  std::size_t run_words = 8;  // > 0
  double overlap = 0.6;       // a match from here on; > 0
  double cosine = 0.95;       // a match from here on
};

// One vector for each prompt. Rows have length 1 or are zero.
struct Vectors {
  embedding::Matrix train;
  embedding::Matrix eval;
};

// Called with how many of the training prompts a step is done with; one call at a time, on any
// thread.
using Progress = std::function<void(std::string_view step, std::size_t done, std::size_t total)>;

// All matches, the surest first: by kind, then the highest overlap or cosine. `vectors` may be
// null: then cosines do not count. On all cores.
//
// Overlap, cosine and equality of whole prompts are symmetric. A stem that several different
// evaluation prompts have ("Which of the following is true?") says nothing about any of them and is
// not used. A prompt without a word (of punctuation only) matches by cosine at most.
[[nodiscard]] std::vector<Match> FindMatches(std::span<const std::string_view> train,
                                             std::span<const std::string_view> eval,
                                             const Vectors* vectors, const MatchOptions& options,
                                             const Progress& progress);

}  // namespace routellm::contamination
