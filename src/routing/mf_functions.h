// The item-response model at the heart of the built-in kind of `mf` router.
//
// A factorisation of the matrix of models by prompts into how able a model is and how hard a prompt
// is: a two-parameter item-response model (Birnbaum, "Some latent trait models", 1968) whose item
// parameters are linear functions of the columns c of the prompt (routing/prompt_columns.h). Model
// m succeeds with the probability
//
//   p_m = sigmoid(ability_m + easiness(c) + a_m * discrimination(c)),
//   a_m = (ability_m - ability_middle) / ability_range.
//
// For a pair of models, strong s and weak w:
//
//   exam = p_s - p_w                                       what graded answers say
//   vote = 2 * sigmoid((a_s - a_w) * preference(c)) - 1    what people's votes say
//   chat = chat_share * sigmoid(is_chat(c))                how much the votes count
//   gap  = (1 - chat) * exam + chat * vote                 in [-1, 1]
#pragma once

#include <vector>

#include "routing/prompt_columns.h"

namespace routellm::routing {

// weights . columns + bias, over all columns or the base columns alone.
struct LinearFunction {
  std::vector<float> weights;
  double bias = 0.0;

  [[nodiscard]] double operator()(const PromptColumns& columns) const;
};

struct MfFunctions {
  LinearFunction easiness;        // [kPromptColumns]
  LinearFunction discrimination;  // [kPromptColumns]
  double ability_middle = 0.0;
  double ability_range = 1.0;  // > 0

  LinearFunction is_chat;     // [kBaseColumns]
  LinearFunction preference;  // [kBaseColumns]
  double chat_share = 0.0;    // in [0, 1]

  [[nodiscard]] double Coordinate(double ability) const {
    return (ability - ability_middle) / ability_range;
  }
};

struct PairAbilities {
  double strong = 0.0;
  double weak = 0.0;
};

// What the functions say of one prompt and a pair of models.
struct MfParts {
  double strong_success = 0.0;  // p_s, in [0, 1]
  double weak_success = 0.0;    // p_w, in [0, 1]
  double vote = 0.0;            // in [-1, 1]
  double chat = 0.0;            // in [0, 1]

  [[nodiscard]] double Gap() const {
    return (1.0 - chat) * (strong_success - weak_success) + chat * vote;
  }
};

[[nodiscard]] MfParts PartsOf(const MfFunctions& functions, const PromptColumns& columns,
                              const PairAbilities& pair);

// The calibrated win rate: sigmoid(slope * logit((1 + gap) / 2) + offset).
struct GapCalibration {
  double slope = 1.0;  // > 0
  double offset = 0.0;

  // `gap` may lie outside of [-1, 1]; it is cut.
  [[nodiscard]] double WinRate(double gap) const;
};

// logit((1 + gap) / 2), with the gap cut to just within [-1, 1].
[[nodiscard]] double GapLogit(double gap);

}  // namespace routellm::routing
