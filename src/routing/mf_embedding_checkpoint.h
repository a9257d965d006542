// The published kind of `mf` checkpoint, which scores an embedding of the prompt
// (docs/formats/mf-embedding-checkpoint.md).
//
// With e the embedding, the win rate of model a over model b is
//
//   sigmoid(c . ((P_a / |P_a| - P_b / |P_b|) * (T e + b)))
//
// where * between vectors is element-wise (Ong et al., RouteLLM, arXiv:2406.18665, which has no b).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "routing/embedder_metadata.h"

namespace routellm::data {
class Safetensors;
}

namespace routellm::routing {

struct MfEmbeddingCheckpoint {
  std::size_t dimension = 0;            // d > 0
  std::size_t embedding_dimension = 0;  // of e, > 0
  std::vector<float> projection;        // T [d, embedding_dimension], row-major
  std::vector<float> bias = {};         // b [d]; empty in the published form
  std::vector<float> classifier;        // c [d]
  std::vector<std::string> models;      // distinct, at least two
  std::vector<float> model_vectors;     // P [models, d]; no row is zero
  std::string strong_model;             // the default pair: two of `models`, or empty
  std::string weak_model;
  embedding::EmbedderIdentity embedder = {};  // of e
  // The calibration table of the default pair (RouterInfo::win_rate_quantiles); may be empty.
  std::vector<double> win_rate_quantiles = {};
  // What else there is to say, by name; written and not read.
  std::map<std::string, std::string> notes = {};
};

// Whether the file is of this kind: it has a tensor `text_proj.0.weight`.
[[nodiscard]] bool IsMfEmbeddingCheckpoint(const data::Safetensors& file);

// The models are those that the file's metadata names (`models`, `pair`); a file without them and
// with 64 models has those of the published checkpoints. Error kInvalidData, naming the file and
// the tensor or key: a tensor that is missing, of another shape, or not of floats; a value that is
// not finite; a zero model vector; names that are garbled, repeated, or not as many as the rows of
// P; a calibration table that is not ascending in [0, 1].
[[nodiscard]] Result<MfEmbeddingCheckpoint> ReadMfEmbeddingCheckpoint(
    const data::Safetensors& file);

// Writes it in one step, as ReadMfEmbeddingCheckpoint reads it; without a bias the Python package
// reads it, too. Error kIo.
[[nodiscard]] Result<void> SaveMfEmbeddingCheckpoint(const MfEmbeddingCheckpoint& checkpoint,
                                                     const std::string& path);

}  // namespace routellm::routing
