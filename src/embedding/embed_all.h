// Many texts on all cores.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::embedding {

// The vectors of all texts, in order: blocks of them are given to `embedder` on as many threads as
// there are cores. `progress` is called with the number of texts that are done, one call at a time.
// Errors: the first of the embedder's, after which no further block begins.
[[nodiscard]] Result<Matrix> EmbedAll(const Embedder& embedder,
                                      std::span<const std::string_view> texts,
                                      const std::function<void(std::size_t done)>& progress);

}  // namespace routellm::embedding
