// The trained parameters of the built-in kind of `mf` router, and the file that holds them
// (docs/formats/mf-checkpoint.md).
//
// Matrix factorisation over the hashed embedder. With e the features of a prompt (bucket weights,
// dense facts, 1) and T the projection of the same number of columns, the win rate of model a over
// model b is
//
//   sigmoid(slope * c . ((P_a / |P_a| - P_b / |P_b|) * T e))      (Ong et al., RouteLLM,
//   arXiv:2406.18665)
//
// where * between vectors is element-wise; for the default pair `offset` is added to the argument.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "text/feature_bag.h"
#include "text/hashed_features.h"

namespace routellm::data {
class Safetensors;
}

namespace routellm::routing {

struct MfCheckpoint {
  static constexpr std::size_t kMaxDimension = 4096;
  static constexpr std::size_t kPercentiles = 101;

  text::HashedFeatureSpec features;
  std::size_t dimension = 0;  // d, 1 to kMaxDimension

  // T, by its inputs. Row-major.
  std::vector<float> bucket_embeddings;  // [features.Buckets(), d]
  std::vector<float> dense_projection;   // [FeatureBag::kDenseFacts, d]
  std::vector<float> bias;               // [d]

  std::vector<std::string> models;   // distinct, at least two
  std::vector<float> model_vectors;  // P [models, d]; no row is zero
  std::vector<float> classifier;     // c [d]

  std::string strong_model;  // the default pair: two of `models`
  std::string weak_model;
  double slope = 1.0;   // calibration of the argument of the sigmoid; > 0
  double offset = 0.0;  // of the default pair only
  // Calibration table of the default pair: its win rates at each percent of the queries that
  // training held out, 0 to 100, ascending. kPercentiles values; empty in files that older versions
  // wrote.
  std::vector<double> win_rate_percentiles;

  // What else there is to say: training data and its digest, date, command, held-out figures. Not
  // interpreted.
  std::map<std::string, std::string, std::less<>> notes;
};

// Error kInvalidData, saying what: a size that does not fit, a value that is not finite, a name
// that is missing or repeated, a feature specification that this program cannot extract.
[[nodiscard]] Result<void> Validate(const MfCheckpoint& checkpoint);

// Writes a valid checkpoint. Bucket embeddings are rounded to 8 bits: row r to multiples of max |r|
// / 127. Errors: as Validate; kIo.
[[nodiscard]] Result<void> SaveMfCheckpoint(const MfCheckpoint& checkpoint,
                                            const std::string& path);

// Error kInvalidData, naming the file, if it is not a valid checkpoint.
[[nodiscard]] Result<MfCheckpoint> ReadMfCheckpoint(const data::Safetensors& file);

// The same for a file that is still to be read. Errors: kIo if it cannot be; kInvalidData, naming
// the file, if it is not a valid checkpoint.
[[nodiscard]] Result<MfCheckpoint> LoadMfCheckpoint(const std::string& path);
[[nodiscard]] Result<MfCheckpoint> ParseMfCheckpoint(std::span<const std::byte> file,
                                                     const std::string& origin);

}  // namespace routellm::routing
