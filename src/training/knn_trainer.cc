#include "training/knn_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include <Eigen/Dense>

#include "core/parallel.h"
#include "routing/hnsw_search.h"
#include "routing/knn_router.h"
#include "training/blas.h"
#include "training/random.h"

namespace routellm::training {
namespace {

using embedding::Matrix;
using ColumnVectors = Eigen::Map<const Eigen::MatrixXf>;
using routing::HnswSearch;
using routing::Neighbour;

constexpr std::array<std::size_t, 7> kNeighbours = {1, 2, 5, 10, 20, 50, 100};
constexpr std::array<double, 7> kTemperatures = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 2.0};
constexpr std::size_t kMostScored = 4000;
constexpr std::size_t kMostExact = 5000;
constexpr std::size_t kLeastExamples = 20;
constexpr std::size_t kLeastGroups = 4;
constexpr double kRecall = 0.98;

// The examples with a direction, and their vectors with length 1.
struct Remembered {
  std::vector<PairExample> examples;
  Matrix vectors;
  std::vector<float> scores;  // [examples, 2]
  std::vector<std::string> labels;
};

Remembered Remember(const std::vector<PairExample>& examples, const Matrix& vectors,
                    const std::vector<std::string>& labels) {
  Remembered kept;
  kept.vectors.columns = vectors.columns;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto row = vectors.Row(i);
    double squares = 0.0;
    for (const float value : row) squares += double{value} * value;
    if (squares == 0.0) continue;
    const double length = std::sqrt(squares);
    for (const float value : row) kept.vectors.values.push_back(static_cast<float>(value / length));
    kept.examples.push_back(examples[i]);
    kept.scores.push_back(examples[i].strong);
    kept.scores.push_back(examples[i].weak);
    if (!labels.empty()) kept.labels.push_back(labels[i]);
  }
  kept.vectors.rows = kept.examples.size();
  return kept;
}

// Examples that are scored as if they had not been seen, in two halves without a common group.
struct Halves {
  std::vector<std::size_t> choose;
  std::vector<std::size_t> judge;
};

Halves PickHalves(const std::vector<PairExample>& examples, std::uint64_t seed) {
  const double share = static_cast<double>(kMostScored) / static_cast<double>(examples.size());
  Halves halves;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    Random random({seed, examples[i].group});
    if (double{random.Uniform()} >= share) continue;
    (random.Uniform() < 0.5F ? halves.choose : halves.judge).push_back(i);
  }
  return halves;
}

using NearestRows = std::vector<std::vector<Neighbour>>;

constexpr std::size_t kBlockQueries = 32;
constexpr std::size_t kBlockRows = 1024;

// Offers a block of rows, from `begin` on, to the heap of each query; `cosines` of the first query
// come first. Rows of a query's own group are passed over, unless `groups` is null.
void Offer(std::span<const float> cosines, std::size_t rows, std::size_t begin, std::size_t count,
           const std::vector<PairExample>* groups, std::span<const std::size_t> picked,
           std::span<std::vector<Neighbour>> heaps) {
  for (std::size_t q = 0; q < picked.size(); ++q) {
    auto& heap = heaps[q];
    for (std::size_t row = 0; row < rows; ++row) {
      const float cosine = cosines[q * kBlockRows + row];
      if (heap.size() == count && cosine <= heap.front().cosine) continue;
      if (groups != nullptr && (*groups)[begin + row].group == (*groups)[picked[q]].group) continue;
      heap.push_back({static_cast<std::uint32_t>(begin + row), cosine});
      std::push_heap(heap.begin(), heap.end(), routing::IsNearer);
      if (heap.size() <= count) continue;
      std::pop_heap(heap.begin(), heap.end(), routing::IsNearer);
      heap.pop_back();
    }
  }
}

// Of each of `picked`, the nearest `count` rows, the nearest first; with `groups`, those of other
// groups only.
NearestRows FindNearest(const Matrix& vectors, const std::vector<std::size_t>& picked,
                        std::size_t count, const std::vector<PairExample>* groups) {
  const std::size_t columns = vectors.columns;
  NearestRows nearest(picked.size());
  ParallelFor((picked.size() + kBlockQueries - 1) / kBlockQueries, [&](std::size_t block) {
    const std::size_t first = block * kBlockQueries;
    const auto queries =
        std::span(picked).subspan(first, std::min(kBlockQueries, picked.size() - first));
    const auto heaps = std::span(nearest).subspan(first, queries.size());
    std::vector<float> side_by_side;
    for (const std::size_t query : queries) {
      const auto row = vectors.Row(query);
      side_by_side.insert(side_by_side.end(), row.begin(), row.end());
    }
    const auto as_index = [](std::size_t value) { return static_cast<Eigen::Index>(value); };
    const ColumnVectors wanted(side_by_side.data(), as_index(columns), as_index(queries.size()));
    Eigen::MatrixXf cosines(as_index(kBlockRows), as_index(queries.size()));
    for (std::size_t begin = 0; begin < vectors.rows; begin += kBlockRows) {
      const std::size_t rows = std::min(kBlockRows, vectors.rows - begin);
      const ColumnVectors known(vectors.Row(begin).data(), as_index(columns), as_index(rows));
      cosines.topRows(as_index(rows)).noalias() = known.transpose() * wanted;
      Offer(std::span(cosines.data(), queries.size() * kBlockRows), rows, begin, count, groups,
            queries, heaps);
    }
    for (auto& heap : heaps) std::sort_heap(heap.begin(), heap.end(), routing::IsNearer);
  });
  return nearest;
}

struct Choice {
  std::size_t neighbours = 0;
  double temperature = 0.0;
};

std::vector<Judged> ScoreBy(const Choice& choice, const Remembered& all,
                            const std::vector<std::size_t>& picked, const NearestRows& nearest) {
  std::vector<Judged> judged;
  judged.reserve(picked.size());
  for (std::size_t i = 0; i < picked.size(); ++i) {
    const auto first = std::span(nearest[i]).first(std::min(choice.neighbours, nearest[i].size()));
    if (first.empty()) continue;
    const double win_rate = routing::KnnWinRate(first, all.scores, choice.temperature);
    judged.push_back({.score = static_cast<float>(win_rate),
                      .preference = all.examples[picked[i]].Preference()});
  }
  return judged;
}

Choice Choose(const Remembered& all, const std::vector<std::size_t>& picked,
              const NearestRows& nearest) {
  Choice best;
  double least = std::numeric_limits<double>::infinity();
  for (const std::size_t neighbours : kNeighbours) {
    if (neighbours > all.examples.size()) break;
    for (const double temperature : kTemperatures) {
      const Choice choice{neighbours, temperature};
      const double error = JudgePair(ScoreBy(choice, all, picked, nearest)).squared_error;
      if (error >= least) continue;
      least = error;
      best = choice;
    }
  }
  return best;
}

// The share of the true neighbours of `picked` that the graph finds.
double Recall(const HnswSearch& search, const Matrix& vectors,
              const std::vector<std::size_t>& picked, const NearestRows& truth) {
  std::vector<Neighbour> nearest;
  std::size_t found = 0;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < picked.size(); ++i) {
    search.Find(vectors.Row(picked[i]), truth[i].size(), nearest);
    std::set<std::uint32_t> rows;
    for (const Neighbour& neighbour : nearest) rows.insert(neighbour.row);
    for (const Neighbour& neighbour : truth[i]) found += rows.count(neighbour.row);
    wanted += truth[i].size();
  }
  return static_cast<double>(found) / static_cast<double>(wanted);
}

// Builds the graph, and takes the first breadth, growing by halves, that finds nearly all
// neighbours.
void AddGraph(const Matrix& vectors, std::vector<std::size_t> sample, KnnTraining& training) {
  constexpr std::size_t kSample = 500;
  constexpr std::size_t kLeastBreadth = 32;
  auto& checkpoint = training.checkpoint;
  sample.resize(std::min(sample.size(), kSample));
  const NearestRows truth = FindNearest(vectors, sample, checkpoint.neighbours, nullptr);
  const auto search = HnswSearch::Build(vectors.values, vectors.columns);
  std::size_t breadth = std::max(checkpoint.neighbours, kLeastBreadth);
  for (;; breadth += breadth / 2) {
    breadth = std::min(breadth, vectors.rows);
    search->SetBreadth(breadth);
    training.recall = Recall(*search, vectors, sample, truth);
    if (training.recall >= kRecall || breadth == vectors.rows) break;
  }
  checkpoint.breadth = breadth;
  checkpoint.graph = search->Graph();
}

Result<void> CheckEnough(const std::vector<PairExample>& examples) {
  std::set<std::uint32_t> groups;
  for (const PairExample& example : examples) groups.insert(example.group);
  if (examples.size() >= kLeastExamples && groups.size() >= kLeastGroups) return {};
  return Fail(ErrorCode::kInvalidData,
              "too little to train on: " + std::to_string(examples.size()) + " queries in " +
                  std::to_string(groups.size()) + " groups; needed are " +
                  std::to_string(kLeastExamples) + " in " + std::to_string(kLeastGroups));
}

}  // namespace

Result<KnnTraining> TrainKnn(const std::vector<PairExample>& examples, const Matrix& vectors,
                             const embedding::EmbedderIdentity& identity,
                             const KnnTrainingOptions& options,
                             const std::function<void(const std::string& step)>& progress) {
  Remembered all = Remember(examples, vectors, options.labels);
  if (auto enough = CheckEnough(all.examples); !enough) return tl::unexpected(enough.error());
  const Halves halves = PickHalves(all.examples, options.seed);
  if (halves.choose.empty() || halves.judge.empty()) {
    return Fail(ErrorCode::kInvalidData,
                "the groups of queries are too few and too large to hold some out");
  }
  KnnTraining training;
  training.dropped = examples.size() - all.examples.size();

  progress("comparing queries, to choose how many neighbours count");
  const auto near_choose =
      FindNearest(all.vectors, halves.choose, kNeighbours.back(), &all.examples);
  const auto near_judge = FindNearest(all.vectors, halves.judge, kNeighbours.back(), &all.examples);
  const Choice choice = Choose(all, halves.choose, near_choose);
  training.chosen_on = JudgePair(ScoreBy(choice, all, halves.choose, near_choose));
  const auto judged = ScoreBy(choice, all, halves.judge, near_judge);
  training.held_out = JudgePair(judged);

  auto& checkpoint = training.checkpoint;
  checkpoint.embedder = identity;
  checkpoint.embedder.dimension = vectors.columns;
  checkpoint.strong_model = options.strong_model;
  checkpoint.weak_model = options.weak_model;
  checkpoint.neighbours = choice.neighbours;
  checkpoint.temperature = choice.temperature;
  checkpoint.win_rate_quantiles = WinRateQuantiles(judged);
  if (options.index == KnnIndex::kGraph ||
      (options.index == KnnIndex::kAuto && all.examples.size() > kMostExact)) {
    progress("linking neighbours");
    AddGraph(all.vectors, halves.judge, training);
  }
  checkpoint.vectors = std::move(all.vectors.values);
  checkpoint.scores = std::move(all.scores);
  checkpoint.labels = std::move(all.labels);
  return training;
}

}  // namespace routellm::training
