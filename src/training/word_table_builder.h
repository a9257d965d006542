// Makes the table of word vectors that the built-in router reads prompts with.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "embedding/embedder.h"
#include "text/word_vectors.h"

namespace routellm::training {

// Words of letters a to z and à to ÿ that occur at least three times in the prompts, and those of
// `more_words`, each embedded by itself; the vectors are scaled to length 1, centred, and projected
// to their first principal components. A word of the share p of the prompts' words (each source
// counting by the square root of its queries) weighs a / (a + p), a = 0.001. So a sentence encoder
// is distilled into a table (Tulkens and van Dongen, Model2Vec, 2024; the weights: Arora et al.,
// 2017). `progress` is called with the number of words that are done and of all.
//
// Error kInvalidData if there are fewer words than dimensions; else those of the embedder.
[[nodiscard]] Result<text::WordTable> BuildWordTable(
    const data::Dataset& dataset, std::span<const std::string> more_words,
    const embedding::Embedder& embedder,
    const std::function<void(std::size_t done, std::size_t count)>& progress);

}  // namespace routellm::training
