#include "cli/model_validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cli/model_placement.h"
#include "core/parallel.h"
#include "data/dataset.h"
#include "routing/mf_pair.h"
#include "training/metrics.h"
#include "training/placement.h"

namespace routellm::cli {
namespace {

using training::Placement;
using training::ProbeAnswer;
using training::ProbeItem;

// One model, placed as if it were new.
struct Replaced {
  std::string model;
  std::size_t outcomes = 0;
  double ability = 0.0;  // of the checkpoint
  Placement placement = {};
  double win_rate_error = 0.0;   // mean |difference| to the strong model of the default pair
  std::size_t pair_queries = 0;  // that both have answered
  double gap = 0.0;              // of their mean scores on those
  double apgr = 0.5;             // there, by the checkpoint's ability
  double placed_apgr = 0.5;
};

constexpr std::size_t kLeastKnown = 200;
constexpr double kLeastGap = 0.05;  // for a share of it to mean anything

std::vector<std::size_t> QueriesOf(const data::Dataset& dataset, std::uint32_t model) {
  std::vector<std::size_t> queries;
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (outcome.model == model) queries.push_back(outcome.query);
  }
  return queries;
}

// What the win rates of the pair of the default strong model and this one become.
void CompareWinRates(const data::Dataset& dataset, const routing::MfCheckpoint& checkpoint,
                     const std::vector<ProbeItem>& items, std::uint32_t model, Replaced& of) {
  const auto strong_at = routing::FindModel(checkpoint.models, checkpoint.strong_model);
  const double strong = checkpoint.abilities[*strong_at];
  const auto win_rate = [&](const ProbeItem& item, double ability) {
    const auto success = [&](double of_model) {
      return 1.0 /
             (1.0 + std::exp(-(of_model + item.easiness +
                               checkpoint.functions.Coordinate(of_model) * item.discrimination)));
    };
    return checkpoint.calibration.WinRate(success(strong) - success(ability));
  };
  std::vector<float> strong_scores(dataset.queries.size(), -1.0F);
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (dataset.models[outcome.model] == checkpoint.strong_model)
      strong_scores[outcome.query] = outcome.score;
  }
  std::vector<training::Judged> full;
  std::vector<training::Judged> placed;
  std::size_t count = 0;
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (outcome.model != model) continue;
    const ProbeItem& item = items[outcome.query];
    const double known = win_rate(item, of.ability);
    const double guessed = win_rate(item, of.placement.ability);
    of.win_rate_error += std::abs(known - guessed);
    ++count;
    if (strong_scores[outcome.query] < 0.0F) continue;
    of.gap += double{strong_scores[outcome.query]} - double{outcome.score};
    const float preference = (1.0F + strong_scores[outcome.query] - outcome.score) / 2.0F;
    full.push_back({static_cast<float>(known), preference});
    placed.push_back({static_cast<float>(guessed), preference});
  }
  of.win_rate_error /= static_cast<double>(count);
  of.pair_queries = full.size();
  of.gap /= std::max(1.0, static_cast<double>(full.size()));
  of.apgr = training::AveragePerformanceGapRecovered(full).Value(0.5);
  of.placed_apgr = training::AveragePerformanceGapRecovered(placed).Value(0.5);
}

Replaced Replace(const data::Dataset& dataset, const routing::MfCheckpoint& checkpoint,
                 const std::vector<ProbeItem>& all, const std::vector<training::PromptKind>& kinds,
                 std::size_t known_at, std::uint32_t model, std::size_t count) {
  Replaced of{.model = checkpoint.models[known_at], .ability = checkpoint.abilities[known_at]};
  const std::vector<std::size_t> queries = QueriesOf(dataset, model);
  of.outcomes = queries.size();
  std::vector<ProbeItem> items;
  std::vector<std::uint32_t> groups;
  std::vector<training::PromptKind> of_items;
  std::vector<double> abilities = checkpoint.abilities;
  abilities.erase(abilities.begin() + static_cast<std::ptrdiff_t>(known_at));
  for (const std::size_t query : queries) {
    items.push_back(all[query]);
    std::erase_if(items.back().known, [&](const ProbeItem::Known& known) {
      return known.ability == of.ability;  // itself; one of equal ability is no loss
    });
    groups.push_back(dataset.queries[query].group);
    of_items.push_back(kinds[query]);
  }
  const auto chosen =
      training::ChooseProbe(items, groups, of_items, checkpoint.functions, abilities, count);
  std::vector<float> scores(dataset.queries.size());
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (outcome.model == model) scores[outcome.query] = outcome.score;
  }
  std::vector<ProbeAnswer> answers;
  for (const std::size_t at : chosen) {
    const std::uint32_t query = items[at].query;
    answers.push_back({&items[at], dataset.queries[query].source, double{scores[query]}});
  }
  of.placement = training::PlaceModel(answers, checkpoint.functions, abilities, {});
  CompareWinRates(dataset, checkpoint, all, model, of);
  return of;
}

void PrintReplaced(std::vector<Replaced> models) {
  std::sort(models.begin(), models.end(),
            [](const Replaced& a, const Replaced& b) { return a.ability > b.ability; });
  fmt::print("{:<40} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "model", "outcomes",
             "ability", "placed", "+-", "win rate", "queries", "APGR", "placed");
  double error = 0.0;
  double squares = 0.0;
  double covered = 0.0;
  double win_rate = 0.0;
  double apgr = 0.0;
  double placed = 0.0;
  double pairs = 0.0;
  const auto n = static_cast<double>(models.size());
  for (const Replaced& of : models) {
    const double difference = of.placement.ability - of.ability;
    error += std::abs(difference) / n;
    squares += difference * difference / n;
    covered += std::abs(difference) < 1.96 * of.placement.error ? 1.0 / n : 0.0;
    win_rate += of.win_rate_error / n;
    fmt::print("{:<40} {:>8} {:>+8.2f} {:>+8.2f} {:>8.2f} {:>8.3f}", of.model, of.outcomes,
               of.ability, of.placement.ability, of.placement.error, of.win_rate_error);
    if (of.pair_queries >= kLeastKnown && of.gap >= kLeastGap) {
      fmt::print(" {:>8} {:>8.3f} {:>8.3f}", of.pair_queries, of.apgr, of.placed_apgr);
      apgr += of.apgr;
      placed += of.placed_apgr;
      ++pairs;
    }
    fmt::print("\n");
  }
  fmt::print(
      "\n{} models: abilities are missed by {:.2f} in the mean (root mean square {:.2f}), and lie "
      "within 1.96\nstandard errors in {:.0f} %; win rates against the strong model of the default "
      "pair by {:.3f}\n",
      models.size(), error, std::sqrt(squares), 100.0 * covered, win_rate);
  if (pairs > 0.0) {
    fmt::print("APGR over {} of them that it can be measured for: {:.4f}, placed {:.4f}\n", pairs,
               apgr / pairs, placed / pairs);
  }
}

}  // namespace

Result<void> ValidatePlacement(const ValidationFlags& flags) {
  const auto checkpoint = LoadModels(flags.checkpoint);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  auto loaded = data::LoadDataset({.outcomes = flags.outcomes, .battles = {}});
  if (!loaded) return tl::unexpected(loaded.error());
  const data::Dataset dataset = *std::move(loaded);
  const auto items = training::MakeProbeItems(dataset, *checkpoint, std::nullopt);
  if (!items) return tl::unexpected(items.error());
  const auto kinds = training::PromptKinds(dataset, *checkpoint);
  if (!kinds) return tl::unexpected(kinds.error());
  std::vector<std::pair<std::size_t, std::uint32_t>> chosen;  // in the checkpoint and in the data
  std::vector<std::size_t> counts(dataset.models.size());
  for (const data::Outcome& outcome : dataset.outcomes) ++counts[outcome.model];
  for (std::size_t m = 0; m < dataset.models.size(); ++m) {
    const auto at = routing::FindModel(checkpoint->models, dataset.models[m]);
    if (at && counts[m] >= std::max(kLeastKnown, 2 * flags.count) &&
        dataset.models[m] != checkpoint->strong_model)
      chosen.emplace_back(*at, static_cast<std::uint32_t>(m));
  }
  if (chosen.empty())
    return Fail(ErrorCode::kInvalidData, "no known model has enough outcomes in these data");
  std::vector<Replaced> replaced(chosen.size());
  ParallelFor(chosen.size(), [&](std::size_t i) {
    replaced[i] = Replace(dataset, *checkpoint, *items, *kinds, chosen[i].first, chosen[i].second,
                          flags.count);
  });
  PrintReplaced(std::move(replaced));
  return {};
}

}  // namespace routellm::cli
