// The embeddings of battles' prompts, held so that all can be compared with a query quickly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "embedding/precision.h"
#include "routing/embedder_metadata.h"
#include "routing/pair_metadata.h"

namespace routellm::routing {

// kFloat: single precision, in the mapped file itself if that is F32 in a safetensors file. kInt8:
// each row, and each query, is rounded to multiples of 1/127 of its largest number; a quarter of
// the memory to go through. kInt4: rows are rounded to multiples of 1/7, which is an eighth. 8 bits
// move a cosine of D-dimensional embeddings by at most
// sqrt(D) / 254 * (m_r / |r| + m_q / |q|), to first order, with m the largest magnitudes of row and
// query, and usually by far less: docs/adr/0013-similarity-weighted-ranking.md says what becomes of
// win rates.
using embedding::Precision;

// Products of two embeddings of at most this length are finite in single precision.
inline constexpr double kLongestEmbedding = 1e15;

// Immutable and thread-safe.
class BattleEmbeddings {
 public:
  // The tensor `battles` of a safetensors file, or its only tensor, or the array of a NumPy file
  // (*.npy), [rows, columns] of F64, F32, F16 or BF16. Each battle has a row, in order, unless a
  // tensor `rows`, I32 [battles], tells the row of each: battles over one prompt can share it.
  // Errors: kIo; kInvalidData, with the file and the row, from 0, for another shape or type, a row
  // that is zero or holds a value that is not finite, one that is not there; for metadata that are
  // garbled.
  [[nodiscard]] static Result<BattleEmbeddings> Load(const std::string& path, Precision precision);

  // The same of rows in memory, and the row of each battle. Error kInvalidData as above; `origin`
  // names them.
  [[nodiscard]] static Result<BattleEmbeddings> Make(embedding::Matrix rows,
                                                     std::vector<std::uint32_t> row_of_battle,
                                                     Precision precision,
                                                     const std::string& origin);

  [[nodiscard]] std::size_t rows() const { return factors_.size(); }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] std::size_t battles() const {
    return row_of_battle_.empty() ? rows() : row_of_battle_.size();
  }
  [[nodiscard]] std::size_t RowOf(std::size_t battle) const {
    return row_of_battle_.empty() ? battle : row_of_battle_[battle];
  }
  // What made them, where the file is a safetensors file that says so.
  [[nodiscard]] const embedding::EmbedderIdentity& embedder() const { return embedder_; }
  // What a trainer left beside the rows: the pair of models, and its calibration table.
  [[nodiscard]] const PairMetadata& pair() const { return pair_; }

  // The cosine of `query` [columns()], finite and not zero, with each row, into `cosines` [rows()].
  // Allocates nothing after a thread's first call.
  void Cosines(std::span<const float> query, std::span<float> cosines) const;

 private:
  BattleEmbeddings() = default;
  Result<void> Take(std::shared_ptr<const void> memory, const float* rows, std::size_t count,
                    Precision precision, const std::string& origin);

  std::shared_ptr<const void> memory_;  // what `floats_` points into
  const float* floats_ = nullptr;       // rows() * columns_; else null
  std::vector<std::int8_t> bytes_;      // the same in 8 bits; else empty
  std::vector<std::uint8_t> nibbles_;   // the same in 4 bits (dot_product.h), 8 added; else empty
  std::vector<float> factors_;          // of each row: a dot product's share of the cosine
  std::vector<std::uint32_t> row_of_battle_;  // empty: each battle has its own
  std::size_t columns_ = 0;
  embedding::EmbedderIdentity embedder_;
  PairMetadata pair_;
};

}  // namespace routellm::routing
