#include "cli/model_placement.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/train_routers.h"
#include "data/dataset.h"
#include "routing/builtin_checkpoint.h"
#include "routing/mf_pair.h"
#include "training/judged_battles.h"
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
  if (right < 1.0 - kCertain) {
    fmt::print(stderr,
               "routellm: warning: the weak model of the pair is the abler one: are the names the "
               "right way round?\n");
  } else if (right < kCertain) {
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

}  // namespace routellm::cli
