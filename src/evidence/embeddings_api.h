// OpenAI's `POST /v1/embeddings`: bodies of requests and of answers.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::evidence {

// The body that asks for a vector of each text, which is valid UTF-8 and not empty. `dimensions`: 0
// asks for none.
[[nodiscard]] std::string EmbeddingsBody(std::string_view model, std::size_t dimensions,
                                         std::span<const std::string_view> texts);

// Reads the body of an answer with status 200 to a request with `texts` texts: row i is that of
// index i, whatever the order. Error kInvalidData, without any text of the body, for what is no
// list of embeddings, another number of them, an index that is missing, repeated or out of range, a
// vector of other than `dimension` numbers (0: any, but all alike), and a number that is no finite
// float.
[[nodiscard]] Result<embedding::Matrix> ReadEmbeddings(std::string_view body, std::size_t texts,
                                                       std::size_t dimension);

// The dimension of a model of OpenAI's without `dimensions`; 0 for any other.
[[nodiscard]] std::size_t KnownDimension(std::string_view model);

}  // namespace routellm::evidence
