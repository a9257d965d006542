// Scores by OpenAI's resources `chat/completions` and `completions`: the request that asks a
// language model for one token, and what its log-probabilities say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/evidence.h"
#include "core/error.h"
#include "routing/router.h"

namespace routellm::evidence {

// The JSON to post. `system` and `user` are messages; of a completion they are put into Llama 3's
// template here. In digits and with `prefill`, the answer begins with "[[".
[[nodiscard]] std::string ScoresBody(const config::ScoringModelConfig& config,
                                     std::string_view system, std::string_view user);

// The score from 1 to 5 that an answer's first token stands for. Tokens: "[[N]]", space around it
// aside. Digits: the digit, after space if there is any, and before anything but another digit, as
// tokenizers merge it ("4", " 4", "4]]"), also where the server shows the tokenizer's own marks
// for space (U+2581, U+0120).
[[nodiscard]] std::optional<int> ScoreOf(std::string_view token, config::ScoreLabels labels);

// The scores' log-probabilities in an answer, from the list of the most likely first tokens, of
// which several may stand for one score; minus infinity for a score that is not in the list. Both
// resources' forms are read: `content` with `top_logprobs` in each entry, and the lists
// `top_logprobs`, `tokens`, `token_logprobs`. Error kInvalidData for what has neither, and where a
// server does not show the labels.
[[nodiscard]] Result<routing::ScoreDistribution> ReadScores(std::string_view answer,
                                                            config::ScoreLabels labels);

}  // namespace routellm::evidence
