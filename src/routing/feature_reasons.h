// What the features of a prompt do to a win rate, in words: shared by the routers that are
// functions of the columns (routing/prompt_columns.h).
#pragma once

#include <string_view>
#include <vector>

#include "routing/explanation.h"
#include "routing/prompt_columns.h"
#include "text/prompt_features.h"
#include "text/word_vectors.h"

namespace routellm::routing {

// A reason for each fact, for each word that occurs (for what it means, and for how often it does
// where it is a function word), one for all function words that do not occur, and one for each
// kind. `features` and `columns` are those of `prompt`; `slopes` is the derivative of the win rate
// in each column. The effects add up to the sum of slopes * columns: the difference to a prompt
// that is average in everything. Sorted, the largest |effect| first; those under a twentieth of a
// point are left out.
[[nodiscard]] std::vector<Reason> FeatureReasons(
    std::string_view prompt, const text::PromptFeatures& features, const PromptColumns& columns,
    const PromptColumns& slopes, const text::WordVectors& words, const ColumnScale& scale);

}  // namespace routellm::routing
