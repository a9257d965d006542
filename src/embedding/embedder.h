// From a text to a vector whose direction tells what the text is about.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::embedding {

// `rows` vectors of `columns` numbers, row by row.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  // rows * columns

  [[nodiscard]] std::span<const float> Row(std::size_t row) const {
    return std::span(values).subspan(row * columns, columns);
  }
  [[nodiscard]] std::span<float> Row(std::size_t row) {
    return std::span(values).subspan(row * columns, columns);
  }
};

// What makes vectors comparable: those of two embedders with the same identity are of one space.
// It is part of whatever is trained on them.
struct EmbedderIdentity {
  std::string name;
  std::size_t dimension = 0;
  std::string revision;  // another one for whatever changes any vector

  bool operator==(const EmbedderIdentity&) const = default;
};

// Implementations are thread-safe.
class Embedder {
 public:
  virtual ~Embedder() = default;

  [[nodiscard]] virtual const EmbedderIdentity& identity() const = 0;

  // A row of `identity().dimension` finite numbers for each text, in order, not scaled to any
  // length unless the implementation says so; all zero for a text that has no features. Texts must
  // be valid UTF-8. Works on the caller's thread and blocks until all are done; EmbedAll uses all
  // cores. An implementation that is heavy per call makes batches of its own: hand over many texts.
  // Errors: those of the implementation; then there are no vectors at all.
  [[nodiscard]] virtual Result<Matrix> Embed(std::span<const std::string_view> texts) const = 0;
};

}  // namespace routellm::embedding
