#include "cli/model_placement.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/train_routers.h"
#include "core/parallel.h"
#include "data/dataset.h"
#include "routing/builtin_checkpoint.h"
#include "routing/mf_pair.h"
#include "training/judged_battles.h"
#include "training/metrics.h"
#include "training/placement.h"

namespace routellm::cli {
namespace {

using training::AbilityBounds;
using training::Placement;
using training::ProbeAnswer;
using training::ProbeItem;

constexpr std::size_t kLeastOutcomes = 10;
constexpr double kCertain = 0.9;

struct NamedBounds {
  AbilityBounds bounds;
  std::string above;  // the model that sets the bound
  std::string below;
};

Result<NamedBounds> ReadBounds(const PlacementFlags& flags,
                               const routing::MfCheckpoint& checkpoint) {
  NamedBounds of;
  for (const std::string& name : flags.stronger_than) {
    const auto at = routing::FindModel(checkpoint.models, name);
    if (!at) return tl::unexpected(at.error());
    const double ability = checkpoint.abilities[*at];
    if (of.bounds.above && *of.bounds.above >= ability) continue;
    of.bounds.above = ability;
    of.above = name;
  }
  for (const std::string& name : flags.weaker_than) {
    const auto at = routing::FindModel(checkpoint.models, name);
    if (!at) return tl::unexpected(at.error());
    const double ability = checkpoint.abilities[*at];
    if (of.bounds.below && *of.bounds.below <= ability) continue;
    of.bounds.below = ability;
    of.below = name;
  }
  if (of.bounds.above && of.bounds.below && *of.bounds.below - *of.bounds.above < 0.1) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("no model fits between '{}' (ability {:+.2f}) and '{}' ({:+.2f})",
                            of.above, *of.bounds.above, of.below, *of.bounds.below));
  }
  return of;
}

// The outcomes of a model, with what is known of their queries.
std::vector<ProbeAnswer> AnswersOf(const data::Dataset& dataset, std::uint32_t model,
                                   const std::vector<ProbeItem>& items) {
  std::vector<ProbeAnswer> answers;
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (outcome.model != model) continue;
    answers.push_back(
        {&items[outcome.query], dataset.queries[outcome.query].source, double{outcome.score}});
  }
  return answers;
}

Result<void> CheckAnswers(const std::vector<ProbeAnswer>& answers, const std::string& model,
                          const AbilityBounds& bounds) {
  if (answers.size() < kLeastOutcomes) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("there are {} outcomes of '{}'; at least {} are needed", answers.size(),
                            model, kLeastOutcomes));
  }
  const auto all = [&](double score) {
    return std::all_of(answers.begin(), answers.end(),
                       [&](const ProbeAnswer& answer) { return answer.score == score; });
  };
  if (all(1.0) && !bounds.below) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("all {} outcomes of '{}' are 1, which says no more than that it is "
                            "able: add harder queries, or name a model that is abler "
                            "(--weaker-than)",
                            answers.size(), model));
  }
  if (all(0.0) && !bounds.above) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("all {} outcomes of '{}' are 0, which says no more than that it is "
                            "weak: add easier queries, or name a model that is weaker "
                            "(--stronger-than)",
                            answers.size(), model));
  }
  return {};
}

Result<Placement> Place(const PlacementFlags& flags, const routing::MfCheckpoint& checkpoint,
                        const AbilityBounds& bounds) {
  if (flags.outcomes.empty())
    return training::PlaceModel({}, checkpoint.functions, checkpoint.abilities, bounds);
  auto loaded = data::LoadDataset({.outcomes = flags.outcomes, .battles = {}});
  if (!loaded) return tl::unexpected(loaded.error());
  const data::Dataset dataset = training::JudgedBattlesAsOutcomes(*std::move(loaded));
  const auto found = std::find(dataset.models.begin(), dataset.models.end(), flags.model);
  if (found == dataset.models.end()) {
    return Fail(ErrorCode::kInvalidRequest,
                "the outcomes hold none of the model '" + flags.model + "'");
  }
  const auto model = static_cast<std::uint32_t>(found - dataset.models.begin());
  const auto items = training::MakeProbeItems(dataset, checkpoint, model);
  if (!items) return tl::unexpected(items.error());
  const std::vector<ProbeAnswer> answers = AnswersOf(dataset, model, *items);
  if (auto ok = CheckAnswers(answers, flags.model, bounds); !ok) return tl::unexpected(ok.error());
  const Placement free =
      training::PlaceModel(answers, checkpoint.functions, checkpoint.abilities, {});
  const double inside = (bounds.above ? free.ChanceAbove(*bounds.above) : 1.0) -
                        (bounds.below ? free.ChanceAbove(*bounds.below) : 0.0);
  if (inside < 0.05) {
    fmt::print(stderr,
               "routellm: warning: by its outcomes alone, the chance of that order is {:.1f} %: "
               "ability {:+.2f}, standard error {:.2f}\n",
               100.0 * inside, free.ability, free.error);
  }
  return training::PlaceModel(answers, checkpoint.functions, checkpoint.abilities, bounds);
}

void PrintNeighbours(const routing::MfCheckpoint& checkpoint, double ability) {
  std::string above;
  std::string below;
  double least_above = 1e300;
  double most_below = -1e300;
  for (std::size_t m = 0; m < checkpoint.models.size(); ++m) {
    const double other = checkpoint.abilities[m];
    if (other > ability && other < least_above) {
      least_above = other;
      above = checkpoint.models[m];
    }
    if (other <= ability && other > most_below) {
      most_below = other;
      below = checkpoint.models[m];
    }
  }
  if (!above.empty()) fmt::print("next abler    {} ({:+.2f})\n", above, least_above);
  if (!below.empty()) fmt::print("next weaker   {} ({:+.2f})\n", below, most_below);
}

// Says how sure it is which model of the pair is the abler one.
void PrintPair(const routing::MfCheckpoint& checkpoint, const std::string& model,
               const Placement& placement) {
  const bool is_strong = checkpoint.strong_model == model;
  if (!is_strong && checkpoint.weak_model != model) return;
  const std::string& other = is_strong ? checkpoint.weak_model : checkpoint.strong_model;
  const auto at = routing::FindModel(checkpoint.models, other);
  const double above = placement.ChanceAbove(checkpoint.abilities[*at]);
  const double right = is_strong ? above : 1.0 - above;
  fmt::print("pair          {} is abler than {} with a chance of {:.0f} %\n",
             checkpoint.strong_model, checkpoint.weak_model, 100.0 * right);
  if (right < kCertain) {
    fmt::print(stderr,
               "routellm: warning: this is too uncertain to say which model of the pair is the "
               "abler one: add outcomes\n");
  }
}

Result<void> SetDefaultPair(const PlacementFlags& flags, routing::MfCheckpoint& checkpoint) {
  if (flags.strong_model.empty() && flags.weak_model.empty()) return {};
  const auto set = [&](const std::string& name, std::string& into) -> Result<void> {
    if (name.empty()) return {};
    if (const auto at = routing::FindModel(checkpoint.models, name); !at)
      return tl::unexpected(at.error());
    into = name;
    return {};
  };
  if (auto ok = set(flags.strong_model, checkpoint.strong_model); !ok) return ok;
  if (auto ok = set(flags.weak_model, checkpoint.weak_model); !ok) return ok;
  if (checkpoint.strong_model == checkpoint.weak_model)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  checkpoint.win_rate_percentiles.clear();  // they are the old pair's
  return {};
}

}  // namespace

Result<routing::MfCheckpoint> LoadModels(const std::string& path) {
  return path.empty()
             ? routing::ParseMfCheckpoint(routing::BuiltinMfCheckpoint(), "the built-in checkpoint")
             : routing::LoadMfCheckpoint(path);
}

Result<void> FitModel(const PlacementFlags& flags) {
  CheckOutput(flags.out);
  auto checkpoint = LoadModels(flags.checkpoint);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  if (flags.outcomes.empty() && flags.stronger_than.empty() && flags.weaker_than.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to place the model by: give --outcomes, --stronger-than or --weaker-than");
  }
  const auto& models = checkpoint->models;
  if (std::find(models.begin(), models.end(), flags.model) != models.end()) {
    return Fail(ErrorCode::kInvalidRequest,
                "the checkpoint knows the model '" + flags.model + "' already");
  }
  const auto bounds = ReadBounds(flags, *checkpoint);
  if (!bounds) return tl::unexpected(bounds.error());
  const auto placement = Place(flags, *checkpoint, bounds->bounds);
  if (!placement) return tl::unexpected(placement.error());

  fmt::print("model         {}\nability       {:+.2f}, standard error {:.2f}\n", flags.model,
             placement->ability, placement->error);
  if (placement->answers > 0) {
    fmt::print("by            {} outcomes; known models have {} on the same queries\n",
               placement->answers, placement->known_answers);
  } else {
    fmt::print("by            its rank alone\n");
  }
  PrintNeighbours(*checkpoint, placement->ability);
  checkpoint->models.push_back(flags.model);
  checkpoint->abilities.push_back(placement->ability);
  if (auto ok = SetDefaultPair(flags, *checkpoint); !ok) return ok;
  PrintPair(*checkpoint, flags.model, *placement);
  if (auto saved = routing::SaveMfCheckpoint(*checkpoint, flags.out); !saved) return saved;
  fmt::print("wrote {} ({} models)\n", flags.out, checkpoint->models.size());
  return {};
}

namespace {

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
