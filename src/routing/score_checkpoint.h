// The trained parameters of the `score` router, and the file that holds them
// (docs/formats/score-checkpoint.md).
//
// A cumulative logit model (proportional odds: McCullagh, "Regression Models for Ordinal Data",
// 1980) of the score, 1 to 5, that the answer of model m to a prompt with the columns c deserves:
//
//   P(score >= k) = sigmoid(ability_m + easiness(c) + a_m * discrimination(c) - threshold_k)
//   a_m = (ability_m - ability_middle) / ability_range
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "routing/mf_functions.h"
#include "routing/prompt_columns.h"
#include "text/word_vectors.h"

namespace routellm::data {
class Safetensors;
}

namespace routellm::routing {

struct ScoreCheckpoint {
  static constexpr std::size_t kPercentiles = 101;
  static constexpr std::size_t kThresholds = 4;  // of the scores from 2 to 5

  text::WordTable words;
  // Whether the file holds `words`, or a digest alone: then they are those of the built-in router.
  bool holds_words = true;
  ColumnScale scale;

  LinearFunction easiness;        // [kPromptColumns]
  LinearFunction discrimination;  // [kPromptColumns]
  double ability_middle = 0.0;
  double ability_range = 1.0;                    // > 0
  std::array<double, kThresholds> thresholds{};  // strictly ascending
  std::vector<std::string> models;               // distinct, at least one
  std::vector<double> abilities;                 // [models]

  std::string strong_model;  // of the default pair; may be unknown to `models`, or empty
  std::string weak_model;    // one of `models`
  // Calibration table of the default weak model: its win rates at each percent, 0 to 100, of
  // queries like those of its training, ascending. kPercentiles values, or empty.
  std::vector<double> win_rate_percentiles;

  // What else there is to say. Not interpreted.
  std::map<std::string, std::string, std::less<>> notes;
};

// Error kInvalidData, saying what: a size that does not fit, a value that is not finite or out of
// its range, a name that is missing or repeated.
[[nodiscard]] Result<void> Validate(const ScoreCheckpoint& checkpoint);

// Writes a valid checkpoint, in one step. Errors: as Validate; kIo.
[[nodiscard]] Result<void> SaveScoreCheckpoint(const ScoreCheckpoint& checkpoint,
                                               const std::string& path);

// Error kInvalidData, naming the file, if it is not a valid checkpoint, or was trained on other
// rules of extraction or, where it does not hold them, other words than this program's.
[[nodiscard]] Result<ScoreCheckpoint> ReadScoreCheckpoint(const data::Safetensors& file);

// The same for a file that is still to be read. Errors: kIo if it cannot be; kInvalidData, naming
// the file, if it is not a valid checkpoint.
[[nodiscard]] Result<ScoreCheckpoint> LoadScoreCheckpoint(const std::string& path);
[[nodiscard]] Result<ScoreCheckpoint> ParseScoreCheckpoint(std::span<const std::byte> file,
                                                           const std::string& origin);

// The word table of the built-in `mf` checkpoint. Error kInvalidData if the program is broken.
[[nodiscard]] Result<text::WordTable> BuiltinWords();

}  // namespace routellm::routing
