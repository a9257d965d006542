// What is known of one pair of models, query by query.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"

namespace routellm::training {

// A query that both models were judged on. By outcomes, the scores are theirs; by battles between
// the two, the strong model's score is its share of wins, a tie counting half, and the weak model's
// the rest. `wins`, `ties` and `losses` are the shares of judgements for the strong model, even,
// and for the weak one; they add up to 1.
struct PairExample {
  std::uint32_t query = 0;  // index into Dataset::queries
  std::uint32_t group = 0;  // of the query
  float strong = 0.0F;      // in [0, 1]
  float weak = 0.0F;
  float wins = 0.0F;
  float ties = 0.0F;
  float losses = 0.0F;

  // How often the strong model is to be preferred: the win rate that a router should give.
  [[nodiscard]] float Preference() const { return 0.5F + 0.5F * (strong - weak); }
};

// In the order of the queries. Error kInvalidRequest if the data do not know a model, or the models
// are the same; kInvalidData if no query has both.
[[nodiscard]] Result<std::vector<PairExample>> FindPairExamples(const data::Dataset& dataset,
                                                                const std::string& strong_model,
                                                                const std::string& weak_model);

}  // namespace routellm::training
