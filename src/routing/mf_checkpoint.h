// The trained parameters of the built-in kind of `mf` router, and the file that holds them
// (docs/formats/mf-checkpoint.md).
//
// The win rate of a pair of models for a prompt with the columns c is
//
//   sigmoid(slope * logit((1 + prior_share * gap(c) + own_labels(prompt)) / 2) + offset)
//
// with the gap of routing/mf_functions.h and the rest of routing/own_labels.h; without own labels,
// that is 1 * gap(c) + 0.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "routing/mf_functions.h"
#include "routing/own_labels.h"
#include "routing/prompt_columns.h"
#include "text/word_vectors.h"

namespace routellm::data {
class Safetensors;
}

namespace routellm::routing {

struct MfCheckpoint {
  static constexpr std::size_t kPercentiles = 101;

  text::WordTable words;
  ColumnScale scale;

  MfFunctions functions;
  std::vector<std::string> models;  // distinct, at least two
  std::vector<double> abilities;    // [models]

  std::optional<OwnLabels> own_labels;

  std::string strong_model;  // the default pair: two of `models`
  std::string weak_model;
  GapCalibration calibration;
  // Calibration table of the default pair: its win rates at each percent of the queries of its
  // training data, 0 to 100, ascending. kPercentiles values, or empty.
  std::vector<double> win_rate_percentiles;

  // What else there is to say: training data and its digest, date, command, held-out figures. Not
  // interpreted.
  std::map<std::string, std::string, std::less<>> notes;
};

// Error kInvalidData, saying what: a size that does not fit, a value that is not finite or out of
// its range, a name that is missing or repeated.
[[nodiscard]] Result<void> Validate(const MfCheckpoint& checkpoint);

// Writes a valid checkpoint. Errors: as Validate; kIo.
[[nodiscard]] Result<void> SaveMfCheckpoint(const MfCheckpoint& checkpoint,
                                            const std::string& path);

// Error kInvalidData, naming the file, if it is not a valid checkpoint, or was trained on other
// rules of extraction than this program's.
[[nodiscard]] Result<MfCheckpoint> ReadMfCheckpoint(const data::Safetensors& file);

// The same for a file that is still to be read. Errors: kIo if it cannot be; kInvalidData, naming
// the file, if it is not a valid checkpoint.
[[nodiscard]] Result<MfCheckpoint> LoadMfCheckpoint(const std::string& path);
[[nodiscard]] Result<MfCheckpoint> ParseMfCheckpoint(std::span<const std::byte> file,
                                                     const std::string& origin);

}  // namespace routellm::routing
