#include "training/labelled_prompts.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "training/model_pair.h"

namespace routellm::training {
namespace {

// The judgements of one model, or of battles, on one prompt.
struct Scores {
  double sum = 0.0;
  double weight = 0.0;
  std::size_t count = 0;
  double least = 1.0;
  double most = -1.0;

  void Add(double score, double by) {
    sum += score * by;
    weight += by;
    ++count;
    least = std::min(least, score);
    most = std::max(most, score);
  }
  [[nodiscard]] double Mean() const { return sum / weight; }
  [[nodiscard]] bool Differ() const { return count > 1 && least < most; }
};

struct Judgements {
  std::uint32_t query = 0;  // the first with this prompt
  Scores strong;
  Scores weak;
  Scores battles;  // 1 for the strong model, 0, -1
};

std::vector<Judgements> Collect(const data::Dataset& dataset, std::uint32_t strong,
                                std::uint32_t weak) {
  std::unordered_map<std::string_view, std::size_t> by_prompt;
  std::vector<std::size_t> of_query;
  std::vector<Judgements> all;
  for (std::uint32_t q = 0; q < dataset.queries.size(); ++q) {
    const auto [entry, added] = by_prompt.try_emplace(dataset.queries[q].prompt, all.size());
    if (added) all.push_back({.query = q, .strong = {}, .weak = {}, .battles = {}});
    of_query.push_back(entry->second);
  }
  for (const data::Outcome& outcome : dataset.outcomes) {
    Judgements& judgements = all[of_query[outcome.query]];
    if (outcome.model == strong) judgements.strong.Add(double{outcome.score}, 1.0);
    if (outcome.model == weak) judgements.weak.Add(double{outcome.score}, 1.0);
  }
  for (const data::Battle& battle : dataset.battles) {
    const bool forward = battle.model_a == strong && battle.model_b == weak;
    if (!forward && !(battle.model_a == weak && battle.model_b == strong)) continue;
    const double a_gain = 2.0 * double{battle.a_wins} - 1.0;
    all[of_query[battle.query]].battles.Add(forward ? a_gain : -a_gain, double{battle.weight});
  }
  return all;
}

// None if not both models were judged.
std::optional<double> Gain(const Judgements& judgements) {
  if (judgements.battles.count > 0) return judgements.battles.Mean();
  if (judgements.strong.count == 0 || judgements.weak.count == 0) return std::nullopt;
  return judgements.strong.Mean() - judgements.weak.Mean();
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace

Result<PairLabels> FindPairLabels(const data::Dataset& dataset, const std::string& strong_model,
                                  const std::string& weak_model) {
  const auto pair = FindModels(dataset, strong_model, weak_model);
  if (!pair) return tl::unexpected(pair.error());
  PairLabels found;
  std::size_t of_strong = 0;
  std::size_t of_weak = 0;
  for (const Judgements& judgements : Collect(dataset, pair->strong, pair->weak)) {
    const data::DataQuery& query = dataset.queries[judgements.query];
    const auto gain = Gain(judgements);
    if (!gain) {
      of_strong += judgements.strong.count > 0 ? 1 : 0;
      of_weak += judgements.weak.count > 0 ? 1 : 0;
      continue;
    }
    if (IsBlank(query.prompt)) {
      ++found.empty;
      continue;
    }
    const bool by_battles = judgements.battles.count > 0;
    const std::size_t times = by_battles ? judgements.battles.count
                                         : std::max(judgements.strong.count, judgements.weak.count);
    if (times > 1) ++found.repeated;
    if (by_battles ? judgements.battles.Differ()
                   : judgements.strong.Differ() || judgements.weak.Differ())
      ++found.contradicting;
    found.labels.push_back({query.prompt, static_cast<float>(*gain), query.group});
    found.queries.push_back(judgements.query);
  }
  found.one_sided = of_strong + of_weak;
  if (!found.labels.empty()) return found;
  return Fail(ErrorCode::kInvalidData,
              fmt::format("no prompt has been judged for both models: {} only for '{}', {} only "
                          "for '{}', {} without a text",
                          of_strong, strong_model, of_weak, weak_model, found.empty));
}

}  // namespace routellm::training
