// The tensors of a word table, in a file of its own or in a checkpoint: `words` (U8: each word and
// a line end), `words.codes` (I8 [words, 24]), `words.scale` and `words.weight` (F32 [words]).
#pragma once

#include <map>
#include <string>

#include "core/error.h"
#include "data/safetensors.h"
#include "text/word_vectors.h"

namespace routellm::routing {

// Error kInvalidData, naming the file and the tensor.
[[nodiscard]] Result<text::WordTable> ReadWordTable(const data::Safetensors& file);

// A table's tensors, for SaveSafetensors. The views point into this and into the table.
class WordTableTensors {
 public:
  explicit WordTableTensors(const text::WordTable& table);

  [[nodiscard]] std::map<std::string, data::TensorView, std::less<>> Views() const;

 private:
  const text::WordTable& table_;
  std::string words_;
};

}  // namespace routellm::routing
