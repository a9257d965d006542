#include "training/mf_evaluation.h"

#include <utility>

#include "training/calibration.h"
#include "training/comparisons.h"

namespace routellm::training {
namespace {

constexpr std::size_t kCalibrationBins = 10;
// Two models differ clearly if the better one is preferred at least this often.
constexpr float kClearShare = 0.55F;
constexpr float kClearLogit = 0.4F;  // for battles, which are too few a pair to count; about 0.6

// The same comparison with the models in the other order.
Comparison Reversed(Comparison comparison) {
  std::swap(comparison.a, comparison.b);
  std::swap(comparison.sampled_for_a, comparison.sampled_for_b);
  comparison.a_wins = 1.0F - comparison.a_wins;
  return comparison;
}

std::span<const float> LatentOf(const std::vector<float>& latents, std::size_t i, std::size_t dim) {
  return std::span(latents).subspan(i * dim, dim);
}

}  // namespace

HeldOut::HeldOut(const TrainingSet& set, const Split& split, std::vector<float> source_weight,
                 ModelPair default_pair, Crew& crew)
    : set_(set),
      split_(split),
      source_weight_(std::move(source_weight)),
      default_pair_(default_pair),
      crew_(crew) {
  FindTrainedModels();
  FindClearPairs();
}

HeldOutReport HeldOut::Evaluate(const MfModel& model) const {
  const Predictions said = Predict(model);
  std::vector<Tally> tallies(set_.sources.size());
  Tally default_pair;
  for (std::size_t i = 0; i < split_.held_out.size(); ++i) {
    AddQuery(model, said, i, tallies[set_.queries[split_.held_out[i]].source], default_pair);
  }
  HeldOutReport report;
  Tally all;
  Ratio gain_auc;
  Ratio apgr;
  for (std::size_t s = 0; s < tallies.size(); ++s) {
    if (tallies[s].queries == 0) continue;
    report.sources.push_back(tallies[s].Figures(set_.sources[s]));
    gain_auc += {report.sources.back().gain_auc, 1.0};
    apgr += {report.sources.back().apgr, 1.0};
    all.queries += tallies[s].queries;
    all.loss += tallies[s].loss;
    all.judged.insert(all.judged.end(), tallies[s].judged.begin(), tallies[s].judged.end());
  }
  report.all = all.Figures("all");
  report.all.gain_auc = gain_auc.Value(0.5);
  report.all.apgr = apgr.Value(0.5);
  report.default_pair = default_pair.Figures("default pair");
  return report;
}

void HeldOut::FindTrainedModels() {
  trained_.assign(set_.models.size(), false);
  for (const std::uint32_t i : split_.training) {
    for (const ModelScore& score : set_.Scores(set_.queries[i])) trained_[score.model] = true;
    for (const data::Battle& battle : set_.Battles(set_.queries[i])) {
      trained_[battle.model_a] = trained_[battle.model_b] = true;
    }
  }
}

// Over all queries of a source, held out or not: which model is stronger is known when a router is
// used.
void HeldOut::FindClearPairs() {
  const std::size_t models = set_.models.size();
  clear_.resize(set_.sources.size());
  crew_.ForEach(set_.sources.size(), [&](std::size_t source) {
    std::vector<float> balance(models * models, 0.0F);  // wins of the first less wins of the second
    std::vector<float> count(models * models, 0.0F);
    std::vector<Comparison> comparisons;
    for (const TrainingQuery& query : set_.queries) {
      if (query.source != source || query.has_battles) continue;
      AllComparisons(set_, query, comparisons);
      for (const Comparison& comparison : comparisons) {
        for (const Comparison& side : {comparison, Reversed(comparison)}) {
          balance[side.a * models + side.b] += 2.0F * side.a_wins - 1.0F;
          count[side.a * models + side.b] += 1.0F;
        }
      }
    }
    clear_[source].assign(models * models, 0);
    for (std::size_t pair = 0; pair < models * models; ++pair) {
      const float needed = (2.0F * kClearShare - 1.0F) * count[pair];
      if (count[pair] == 0.0F || std::abs(balance[pair]) < needed) continue;
      clear_[source][pair] = balance[pair] > 0.0F ? 1 : -1;
    }
  });
}

HeldOut::Predictions HeldOut::Predict(const MfModel& model) const {
  const std::size_t dim = model.dim;
  const std::size_t queries = split_.held_out.size();
  Predictions said;
  said.latents.resize(queries * dim);
  said.unit_vectors = UnitVectors(model);
  crew_.ForEach(queries, [&](std::size_t i) {
    const TrainingQuery& query = set_.queries[split_.held_out[i]];
    const std::size_t features = query.features_end - query.features_begin;
    Project(model, query, std::span(set_.buckets).subspan(query.features_begin, features),
            std::span(set_.weights).subspan(query.features_begin, features),
            {&said.latents[i * dim], dim});
  });
  std::vector<double> sum(dim, 0.0);
  for (std::size_t i = 0; i < said.latents.size(); ++i) sum[i % dim] += said.latents[i];
  for (const double value : sum)
    said.mean_latent.push_back(static_cast<float>(value / static_cast<double>(queries)));
  return said;
}

void HeldOut::AddQuery(const MfModel& model, const Predictions& said, std::size_t i, Tally& tally,
                       Tally& default_pair) const {
  const TrainingQuery& query = set_.queries[split_.held_out[i]];
  const auto latent = LatentOf(said.latents, i, model.dim);
  std::vector<float> shifted(latent.begin(), latent.end());
  for (std::size_t k = 0; k < model.dim; ++k)
    shifted[k] += model.task_shift[query.task * model.dim + k];
  std::vector<Comparison> comparisons;
  AllComparisons(set_, query, comparisons);
  ++tally.queries;
  for (const Comparison& comparison : comparisons) {
    const float logit = said.Logit(shifted, {comparison.a, comparison.b}) +
                        BiasDifference(model, query.source, comparison);
    const float weight = source_weight_[query.source] * comparison.weight;
    tally.loss += {weight * LogLoss(comparison.a_wins, logit), weight};
    // Both ways round, so that the figures do not depend on which model a file names first.
    tally.judged.push_back({logit, comparison.a_wins, weight});
    tally.judged.push_back({-logit, 1.0F - comparison.a_wins, weight});
    AddGain(said, query, latent, comparison, tally);
    if (!IsDefaultPair(comparison)) continue;
    const bool forward = comparison.a == default_pair_.strong;
    const float strong_wins = forward ? comparison.a_wins : 1.0F - comparison.a_wins;
    ++default_pair.queries;
    default_pair.loss += {LogLoss(comparison.a_wins, logit), 1.0};
    default_pair.judged.push_back({forward ? logit : -logit, strong_wins, 1.0F});
    default_pair.gains[0].push_back({said.Logit(latent, default_pair_), strong_wins, 1.0F});
  }
}

void HeldOut::AddGain(const Predictions& said, const TrainingQuery& query,
                      std::span<const float> latent, const Comparison& comparison,
                      Tally& tally) const {
  const int clear = Clear(said, query, comparison);
  if (clear == 0) return;
  const Comparison strong_first = clear > 0 ? comparison : Reversed(comparison);
  const bool known = trained_[comparison.a] && trained_[comparison.b];
  const ModelPair pair = known ? ModelPair{strong_first.a, strong_first.b} : default_pair_;
  // Battles of all pairs are pooled, each pair's logits being taken from its own middle.
  const float middle = query.has_battles ? said.Logit(said.mean_latent, pair) : 0.0F;
  const std::uint64_t key =
      query.has_battles ? 0 : (std::uint64_t{strong_first.a} << 32 | strong_first.b) + 1;
  tally.gains[key].push_back(
      {said.Logit(latent, pair) - middle, strong_first.a_wins, comparison.weight});
}

// 1 or -1 if the first or second of two models is clearly the stronger one; else 0.
int HeldOut::Clear(const Predictions& said, const TrainingQuery& query,
                   const Comparison& comparison) const {
  if (!query.has_battles)
    return clear_[query.source][comparison.a * set_.models.size() + comparison.b];
  const float gap = said.Logit(said.mean_latent, {comparison.a, comparison.b});
  if (std::abs(gap) < kClearLogit) return 0;
  return gap > 0.0F ? 1 : -1;
}

bool HeldOut::IsDefaultPair(const Comparison& comparison) const {
  return (comparison.a == default_pair_.strong && comparison.b == default_pair_.weak) ||
         (comparison.b == default_pair_.strong && comparison.a == default_pair_.weak);
}

float HeldOut::Predictions::Logit(std::span<const float> latent, ModelPair pair) const {
  const float* const a = &unit_vectors[pair.strong * latent.size()];
  const float* const b = &unit_vectors[pair.weak * latent.size()];
  float logit = 0.0F;
  for (std::size_t k = 0; k < latent.size(); ++k) logit += (a[k] - b[k]) * latent[k];
  return logit;
}

HeldOutFigures HeldOut::Tally::Figures(std::string name) const {
  HeldOutFigures figures;
  figures.name = std::move(name);
  figures.queries = queries;
  figures.loss = loss.Value(0.0);
  figures.auc = AreaUnderRoc(judged).Value(0.5);
  figures.calibration_error = ExpectedCalibrationError(Calibrated(judged, {}), kCalibrationBins);
  Ratio gain_auc;
  Ratio apgr;
  for (const auto& [pair, items] : gains) {
    gain_auc += AreaUnderRoc(items);
    apgr += AveragePerformanceGapRecovered(items);
  }
  figures.gain_auc = gain_auc.Value(0.5);
  figures.apgr = apgr.Value(0.5);
  return figures;
}

}  // namespace routellm::training
