#include "training/placement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "training/linear_algebra.h"
#include "training/prompt_matrix.h"

namespace routellm::training {
namespace {

constexpr double kSourceDeviation = 1.0;
constexpr double kQueryVariance = 1.5;  // as in FitAbilities
constexpr double kDifficultyLimit = 6.0;
constexpr std::size_t kDifficulties = 61;
constexpr std::size_t kSourceLevels = 25;
constexpr std::size_t kAbilities = 181;
constexpr double kAbilityLimit = 4.5;  // standard deviations

// score * ln p + (1 - score) * ln(1 - p), p = sigmoid(logit)
double LogLikelihood(double score, double logit) {
  const double softplus =
      logit > 0.0 ? logit + std::log1p(std::exp(-logit)) : std::log1p(std::exp(logit));
  return score * logit - softplus;
}

double Difficulty(std::size_t i) {
  return kDifficultyLimit * (2.0 * static_cast<double>(i) / (kDifficulties - 1.0) - 1.0);
}

double SourceLevel(std::size_t i) {
  return 3.0 * kSourceDeviation * (2.0 * static_cast<double>(i) / (kSourceLevels - 1.0) - 1.0);
}

using Row = std::array<double, kDifficulties>;

// ln of the likelihood of what known models did, for each difficulty.
Row KnownLikelihood(const ProbeItem& item) {
  Row row{};
  for (const ProbeItem::Known& known : item.known) {
    const double logit = known.ability + item.easiness + known.coordinate * item.discrimination;
    for (std::size_t v = 0; v < kDifficulties; ++v)
      row[v] += LogLikelihood(known.score, logit + Difficulty(v));
  }
  return row;
}

// The prior of a query's difficulty for each level of its source.
const std::array<Row, kSourceLevels>& DifficultyPriors() {
  static const auto priors = [] {
    std::array<Row, kSourceLevels> rows{};
    for (std::size_t u = 0; u < kSourceLevels; ++u) {
      for (std::size_t v = 0; v < kDifficulties; ++v) {
        const double distance = Difficulty(v) - SourceLevel(u);
        rows[u][v] = std::exp(-distance * distance / (2.0 * kQueryVariance));
      }
    }
    return rows;
  }();
  return priors;
}

struct MeanAndVariance {
  double mean = 0.0;
  double variance = 0.0;
};

MeanAndVariance Describe(std::span<const double> abilities) {
  MeanAndVariance of;
  for (const double ability : abilities) of.mean += ability / static_cast<double>(abilities.size());
  for (const double ability : abilities)
    of.variance +=
        (ability - of.mean) * (ability - of.mean) / static_cast<double>(abilities.size());
  of.variance = std::max(of.variance, 0.05);
  return of;
}

// ln P(answers to one source | ability), for each ability of the grid.
std::vector<double> SourceLikelihood(const std::vector<const ProbeAnswer*>& answers,
                                     const routing::MfFunctions& functions,
                                     const std::vector<double>& grid) {
  std::vector<Row> known;
  known.reserve(answers.size());
  for (const ProbeAnswer* answer : answers) known.push_back(KnownLikelihood(*answer->item));
  std::vector<double> likelihood;
  likelihood.reserve(grid.size());
  for (const double ability : grid) {
    std::array<double, kSourceLevels> levels{};
    for (std::size_t u = 0; u < kSourceLevels; ++u) {
      const double z = SourceLevel(u) / kSourceDeviation;
      levels[u] = -z * z / 2.0;
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const ProbeItem& item = *answers[i]->item;
      const double logit =
          ability + item.easiness + functions.Coordinate(ability) * item.discrimination;
      Row row = known[i];
      for (std::size_t v = 0; v < kDifficulties; ++v)
        row[v] += LogLikelihood(answers[i]->score, logit + Difficulty(v));
      const double largest = *std::max_element(row.begin(), row.end());
      for (double& value : row) value = std::exp(value - largest);
      for (std::size_t u = 0; u < kSourceLevels; ++u) {
        double sum = 0.0;
        for (std::size_t v = 0; v < kDifficulties; ++v) sum += DifficultyPriors()[u][v] * row[v];
        levels[u] += largest + std::log(std::max(sum, 1e-300));
      }
    }
    const double largest = *std::max_element(levels.begin(), levels.end());
    double sum = 0.0;
    for (const double level : levels) sum += std::exp(level - largest);
    likelihood.push_back(largest + std::log(sum));
  }
  return likelihood;
}

}  // namespace

double Placement::ChanceAbove(double other) const {
  double chance = 0.0;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (grid[i] > other) chance += posterior[i];
  }
  return std::min(chance, 1.0);  // but for rounding
}

Result<std::vector<ProbeItem>> MakeProbeItems(const data::Dataset& dataset,
                                              const routing::MfCheckpoint& checkpoint,
                                              std::optional<std::uint32_t> hidden) {
  const auto words = text::WordVectors::Create(checkpoint.words);
  if (!words) return tl::unexpected(words.error());
  std::vector<std::string_view> prompts;
  for (const data::DataQuery& query : dataset.queries) prompts.emplace_back(query.prompt);
  const std::vector<text::PromptFeatures> features = ExtractAll(prompts, *words);
  std::vector<ProbeItem> items(dataset.queries.size());
  for (std::size_t q = 0; q < items.size(); ++q) {
    const routing::PromptColumns columns = routing::MakeColumns(features[q], checkpoint.scale);
    items[q].query = static_cast<std::uint32_t>(q);
    items[q].easiness = checkpoint.functions.easiness(columns);
    items[q].discrimination = checkpoint.functions.discrimination(columns);
  }
  std::map<std::string_view, double> abilities;
  for (std::size_t m = 0; m < checkpoint.models.size(); ++m)
    abilities.emplace(checkpoint.models[m], checkpoint.abilities[m]);
  for (const data::Outcome& outcome : dataset.outcomes) {
    const auto known = abilities.find(dataset.models[outcome.model]);
    if (outcome.model == hidden || known == abilities.end()) continue;
    items[outcome.query].known.push_back(
        {known->second, checkpoint.functions.Coordinate(known->second), double{outcome.score}});
  }
  return items;
}

Result<std::vector<PromptKind>> PromptKinds(const data::Dataset& dataset,
                                            const routing::MfCheckpoint& checkpoint) {
  const auto words = text::WordVectors::Create(checkpoint.words);
  if (!words) return tl::unexpected(words.error());
  std::vector<std::string_view> prompts;
  for (const data::DataQuery& query : dataset.queries) prompts.emplace_back(query.prompt);
  std::vector<PromptKind> kinds;
  for (const text::PromptFeatures& features : ExtractAll(prompts, *words))
    kinds.push_back(KindOf(features));
  return kinds;
}

Placement PlaceModel(std::span<const ProbeAnswer> answers, const routing::MfFunctions& functions,
                     std::span<const double> abilities, const AbilityBounds& bounds) {
  const MeanAndVariance prior = Describe(abilities);
  const double deviation = std::sqrt(prior.variance);
  Placement placement;
  placement.answers = answers.size();
  std::vector<double> logs;
  for (std::size_t i = 0; i < kAbilities; ++i) {
    const double z = kAbilityLimit * (2.0 * static_cast<double>(i) / (kAbilities - 1.0) - 1.0);
    placement.grid.push_back(prior.mean + deviation * z);
    logs.push_back(-z * z / 2.0);
  }
  std::map<std::uint32_t, std::vector<const ProbeAnswer*>> by_source;
  for (const ProbeAnswer& answer : answers) {
    by_source[answer.source].push_back(&answer);
    placement.known_answers += answer.item->known.size();
  }
  for (const auto& [source, of_source] : by_source) {
    const std::vector<double> likelihood = SourceLikelihood(of_source, functions, placement.grid);
    for (std::size_t i = 0; i < logs.size(); ++i) logs[i] += likelihood[i];
  }
  double largest = -1e300;
  std::size_t best = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const bool inside = (!bounds.above || placement.grid[i] > *bounds.above) &&
                        (!bounds.below || placement.grid[i] < *bounds.below);
    if (!inside) logs[i] = -1e300;
    if (logs[i] > largest) {
      largest = logs[i];
      best = i;
    }
  }
  double sum = 0.0;
  for (const double log : logs) {
    placement.posterior.push_back(std::exp(log - largest));
    sum += placement.posterior.back();
  }
  double mean = 0.0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    placement.posterior[i] /= sum;
    mean += placement.posterior[i] * placement.grid[i];
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double distance = placement.grid[i] - mean;
    placement.error += placement.posterior[i] * distance * distance;
  }
  placement.error = std::sqrt(placement.error);
  placement.ability = placement.grid[best];
  if (best > 0 && best + 1 < logs.size() && logs[best - 1] > -1e299 && logs[best + 1] > -1e299) {
    // The vertex of the parabola through the highest point and its neighbours.
    const double bend = logs[best - 1] - 2.0 * logs[best] + logs[best + 1];
    const double shift = bend < 0.0 ? 0.5 * (logs[best - 1] - logs[best + 1]) / bend : 0.0;
    placement.ability += shift * (placement.grid[1] - placement.grid[0]);
  }
  return placement;
}

namespace {

// What is known of an item's difficulty beyond its features.
MeanAndVariance DescribeDifficulty(const ProbeItem& item) {
  constexpr double kVariance = kSourceDeviation * kSourceDeviation + kQueryVariance;
  Row row = KnownLikelihood(item);
  for (std::size_t v = 0; v < kDifficulties; ++v)
    row[v] -= Difficulty(v) * Difficulty(v) / (2.0 * kVariance);
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0.0;
  MeanAndVariance of;
  for (std::size_t v = 0; v < kDifficulties; ++v) {
    row[v] = std::exp(row[v] - largest);
    sum += row[v];
    of.mean += row[v] * Difficulty(v);
  }
  of.mean /= sum;
  for (std::size_t v = 0; v < kDifficulties; ++v) {
    const double distance = Difficulty(v) - of.mean;
    of.variance += row[v] * distance * distance / sum;
  }
  return of;
}

}  // namespace

std::vector<std::size_t> ChooseProbe(std::span<const ProbeItem> items,
                                     std::span<const std::uint32_t> groups,
                                     std::span<const PromptKind> kinds,
                                     const routing::MfFunctions& functions,
                                     std::span<const double> abilities, std::size_t count) {
  constexpr std::size_t kPoints = 9;
  std::vector<double> sorted(abilities.begin(), abilities.end());
  std::sort(sorted.begin(), sorted.end());
  std::array<double, kPoints> points{};
  for (std::size_t i = 0; i < kPoints; ++i)
    points[i] = sorted[(2 * i + 1) * sorted.size() / (2 * kPoints)];

  std::vector<std::array<double, kPoints>> information(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const MeanAndVariance difficulty = DescribeDifficulty(items[i]);
    const double slope = 1.0 + items[i].discrimination / functions.ability_range;
    for (std::size_t k = 0; k < kPoints; ++k) {
      const double p =
          Sigmoid(points[k] + items[i].easiness +
                  functions.Coordinate(points[k]) * items[i].discrimination + difficulty.mean);
      const double raw = p * (1.0 - p);
      information[i][k] = raw * slope * slope / (1.0 + raw * difficulty.variance);
    }
  }

  std::map<PromptKind, std::size_t> room;
  for (const PromptKind kind : kinds) room[kind] = 0;
  const std::size_t share = room.empty() ? 0 : (count + room.size() - 1) / room.size();
  for (auto& [kind, left] : room) left = share;
  std::vector<std::size_t> chosen;
  std::set<std::uint32_t> taken;
  std::array<double, kPoints> sums{};
  sums.fill(0.05);
  bool shares = true;
  while (chosen.size() < count) {
    std::size_t best = items.size();
    double most = -1.0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (taken.contains(groups[i]) || (shares && room[kinds[i]] == 0)) continue;
      double gain = 0.0;
      for (std::size_t k = 0; k < kPoints; ++k) gain += std::log1p(information[i][k] / sums[k]);
      if (gain > most) {
        most = gain;
        best = i;
      }
    }
    if (best == items.size()) {
      if (!shares) break;
      shares = false;
      continue;
    }
    chosen.push_back(best);
    taken.insert(groups[best]);
    if (shares) --room[kinds[best]];
    for (std::size_t k = 0; k < kPoints; ++k) sums[k] += information[best][k];
  }
  return chosen;
}

}  // namespace routellm::training
