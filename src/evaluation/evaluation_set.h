// What routers are evaluated on: prompts, and how well models answered them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/benchmark.h"
#include "data/dataset.h"
#include "evaluation/curve.h"

namespace routellm::evaluation {

// The queries of a set for which it says how well both models of a pair did, ascending.
struct PairMaterial {
  std::vector<std::uint32_t> queries;
  PairOutcomes outcomes;  // as `queries`
};

// Immutable; thread-safe.
class EvaluationSet {
 public:
  // Every model has an outcome for every prompt.
  [[nodiscard]] static EvaluationSet FromBenchmark(data::Benchmark benchmark);

  // Outcomes in percent. A model that has several for a query has their mean.
  [[nodiscard]] static EvaluationSet FromOutcomes(data::Dataset dataset, std::string name);

  // Quality is the share of the queries, in percent, on which the answer is preferred over that of
  // the other model of the pair, ties half: the strong model's share and the weak one's are 100
  // together. Of several battles of a pair on a query, the weighted mean.
  [[nodiscard]] static EvaluationSet FromBattles(data::Dataset dataset, std::string name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& unit() const { return unit_; }  // of quality
  [[nodiscard]] const std::vector<std::string>& prompts() const { return prompts_; }
  [[nodiscard]] const std::vector<std::string>& models() const { return models_; }
  [[nodiscard]] std::string ModelList() const;  // models(), for messages
  [[nodiscard]] std::size_t contaminated() const { return contaminated_; }  // prompts left out

  // Errors: kModelNotFound, with the names that there are; kInvalidRequest for a model and itself,
  // and for two models that no query has both of.
  [[nodiscard]] Result<PairMaterial> Pair(std::string_view strong, std::string_view weak) const;

  struct Names {
    std::string strong;
    std::string weak;
  };
  // All pairs that at least `min_queries` (at least 1) queries have both models of, each with the
  // model of better quality on these queries as the strong one, in the order of models(). Pairs of
  // equal quality are left out.
  [[nodiscard]] std::vector<Names> Pairs(std::size_t min_queries) const;

 private:
  struct Answer {
    std::uint32_t query;
    std::uint32_t opponent;  // kNoOpponent for an outcome
    double score;
    double weight;
  };
  static constexpr std::uint32_t kNoOpponent = 0xFFFFFFFF;

  [[nodiscard]] Result<std::size_t> Find(std::string_view model) const;
  [[nodiscard]] PairMaterial Material(std::size_t strong, std::size_t weak) const;
  void TakeQueries(data::Dataset& dataset);
  void SortAnswers();

  std::string name_;
  std::string unit_;
  double scale_ = 1.0;
  bool battles_ = false;
  std::vector<std::string> prompts_;
  std::vector<std::string> models_;
  std::vector<std::vector<Answer>> answers_;  // of each model, by query and opponent, each once
  std::size_t contaminated_ = 0;
};

}  // namespace routellm::evaluation
