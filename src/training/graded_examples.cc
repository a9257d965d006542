#include "training/graded_examples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "data/score_record.h"
#include "training/pair_examples.h"
#include "training/random.h"

namespace routellm::training {
namespace {

int GradeBattles(float weak_share) {
  if (weak_share >= 1.0F) return 5;
  if (weak_share >= 0.5F) return 4;
  return weak_share >= 0.25F ? 3 : 2;
}

int GradeOutcomes(float strong, float weak) {
  return static_cast<int>(std::lround(5.0F - 4.0F * std::max(0.0F, strong - weak)));
}

std::size_t IndexOf(const GradedExample& example) {
  return static_cast<std::size_t>(example.score - 1);
}

}  // namespace

Result<std::vector<GradedExample>> GradeExamples(const data::Dataset& dataset,
                                                 const std::string& strong_model,
                                                 const std::string& weak_model) {
  const auto examples = FindPairExamples(dataset, strong_model, weak_model);
  if (!examples) return tl::unexpected(examples.error());
  std::vector<bool> has_battles(dataset.queries.size(), false);
  for (const data::Battle& battle : dataset.battles) has_battles[battle.query] = true;
  std::vector<GradedExample> graded;
  for (const PairExample& example : *examples) {
    const int score = has_battles[example.query] ? GradeBattles(example.weak)
                                                 : GradeOutcomes(example.strong, example.weak);
    graded.push_back({dataset.queries[example.query].prompt, example.group, score});
  }
  return graded;
}

Result<std::vector<GradedExample>> ReadGradedExamples(
    const std::vector<std::filesystem::path>& files, const std::string& weak_model) {
  std::vector<GradedExample> graded;
  std::unordered_map<std::string, std::uint32_t> groups;
  for (const std::filesystem::path& file : files) {
    const auto read = data::ForEachScore(file, [&](const data::ScoreRecord& row) -> Result<void> {
      if (!row.model.empty() && row.model != weak_model) return {};
      if (row.prompt.empty()) return tl::unexpected(row.error_at("prompt", "missing"));
      const auto next = static_cast<std::uint32_t>(groups.size());
      const std::uint32_t group = groups.try_emplace(row.prompt, next).first->second;
      graded.push_back({row.prompt, group, static_cast<int>(std::lround(row.score))});
      return {};
    });
    if (!read) return tl::unexpected(read.error());
  }
  if (!graded.empty()) return graded;
  return Fail(ErrorCode::kInvalidData, "no score is of the model '" + weak_model + "'");
}

std::array<std::size_t, 5> CountScores(const std::vector<GradedExample>& examples) {
  std::array<std::size_t, 5> counts{};
  for (const GradedExample& example : examples) ++counts[IndexOf(example)];
  return counts;
}

std::vector<GradedExample> Balanced(std::vector<GradedExample> examples, Balance balance,
                                    std::uint64_t seed) {
  if (balance == Balance::kNone || examples.empty()) return examples;
  const auto counts = CountScores(examples);
  const auto kinds = counts.size() - static_cast<std::size_t>(
                                         std::count(counts.begin(), counts.end(), std::size_t{0}));
  if (balance == Balance::kWeights) {
    for (GradedExample& example : examples) {
      example.weight = static_cast<double>(examples.size()) / static_cast<double>(kinds) /
                       static_cast<double>(counts[IndexOf(example)]);
    }
    return examples;
  }
  std::size_t rarest = std::numeric_limits<std::size_t>::max();
  for (const std::size_t count : counts) rarest = count > 0 ? std::min(rarest, count) : rarest;
  std::array<std::vector<std::pair<std::uint64_t, std::size_t>>, 5> drawn;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    Random random({seed, i});
    drawn[IndexOf(examples[i])].emplace_back(random.Next(), i);
  }
  std::vector<std::size_t> kept;
  for (auto& of_score : drawn) {
    std::sort(of_score.begin(), of_score.end());
    for (std::size_t i = 0; i < std::min(rarest, of_score.size()); ++i)
      kept.push_back(of_score[i].second);
  }
  std::sort(kept.begin(), kept.end());
  std::vector<GradedExample> balanced;
  balanced.reserve(kept.size());
  for (const std::size_t i : kept) balanced.push_back(std::move(examples[i]));
  return balanced;
}

}  // namespace routellm::training
