// A decision of the knn router with and without its graph: `knn_bench [VECTORS]`.
//
// Without a file of vectors, 101,000 of 384 numbers are made: directions of 24 hidden dimensions
// around a thousand topics, with noise, which are about as hard to tell apart as those of texts.
// The last 1,000 are queries that the router has not seen. Neighbours are compared with those of
// the exact search first.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <vector>

#include "embedding/vector_file.h"
#include "routing/hnsw_search.h"
#include "routing/knn_router.h"
#include "training/knn_trainer.h"

namespace {

using routellm::embedding::Matrix;
using namespace routellm::routing;
using namespace routellm::training;

constexpr std::size_t kQueries = 1000;
constexpr double kLeastRecall = 0.95;

Matrix MakeVectors(std::size_t rows, std::size_t columns) {
  constexpr std::size_t kHidden = 24;
  constexpr std::size_t kTopics = 1000;
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal;
  const auto draw = [&](std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = normal(random);
    return values;
  };
  const auto projection = draw(kHidden * columns);
  const auto topics = draw(kTopics * kHidden);
  Matrix vectors{rows, columns, {}};
  for (std::size_t row = 0; row < rows; ++row) {
    const float* topic = &topics[(random() % kTopics) * kHidden];
    std::vector<float> values = draw(columns);
    for (std::size_t h = 0; h < kHidden; ++h) {
      const float hidden = topic[h] + 0.5F * normal(random);
      for (std::size_t i = 0; i < columns; ++i) values[i] += hidden * projection[h * columns + i];
    }
    double squares = 0.0;
    for (const float value : values) squares += double{value} * value;
    for (const float value : values)
      vectors.values.push_back(static_cast<float>(value / std::sqrt(squares)));
  }
  return vectors;
}

// Takes the last rows off, which are the queries.
Matrix TakeQueries(Matrix& vectors) {
  Matrix queries{kQueries, vectors.columns, {}};
  vectors.rows -= kQueries;
  const auto begin =
      vectors.values.begin() + static_cast<std::ptrdiff_t>(vectors.rows * vectors.columns);
  queries.values.assign(begin, vectors.values.end());
  vectors.values.erase(begin, vectors.values.end());
  return queries;
}

std::vector<PairExample> MakeExamples(std::size_t count) {
  std::mt19937_64 random(8);
  std::vector<PairExample> examples;
  for (std::uint32_t i = 0; i < count; ++i) {
    const float weak = random() % 3 == 0 ? 0.0F : 1.0F;
    examples.push_back({.query = i, .group = i, .strong = 1.0F, .weak = weak});
  }
  return examples;
}

double Recall(const KnnCheckpoint& checkpoint, const Matrix& queries) {
  const auto graph = HnswSearch::Create(*checkpoint.graph, checkpoint.vectors, queries.columns);
  graph->SetBreadth(checkpoint.breadth);
  const ExactSearch exact(checkpoint.vectors, queries.columns);
  std::size_t found = 0;
  std::vector<Neighbour> nearest;
  for (std::size_t q = 0; q < queries.rows; ++q) {
    exact.Find(queries.Row(q), checkpoint.neighbours, nearest);
    std::set<std::uint32_t> rows;
    for (const Neighbour& neighbour : nearest) rows.insert(neighbour.row);
    graph->Find(queries.Row(q), checkpoint.neighbours, nearest);
    for (const Neighbour& neighbour : nearest) found += rows.count(neighbour.row);
  }
  return static_cast<double>(found) / static_cast<double>(queries.rows * checkpoint.neighbours);
}

// Milliseconds of each decision, ascending.
std::vector<double> Time(const Router& router, const Matrix& queries) {
  std::vector<double> times;
  double sum = 0.0;
  for (std::size_t q = 0; q < queries.rows; ++q) {
    const auto start = std::chrono::steady_clock::now();
    sum += router.Score({}, queries.Row(q))->value();
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    times.push_back(taken.count());
  }
  if (!(sum > 0.0)) std::abort();
  std::sort(times.begin(), times.end());
  return times;
}

void Print(const char* name, const std::vector<double>& times) {
  fmt::print("{:<6} decision: median {:.3f} ms, p99 {:.3f} ms\n", name, times[times.size() / 2],
             times[times.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  Matrix vectors;
  if (argc > 1) {
    auto loaded = routellm::embedding::LoadVectors(argv[1]);
    if (!loaded || loaded->rows <= 2 * kQueries) return 2;
    vectors = *std::move(loaded);
  } else {
    vectors = MakeVectors(101'000, 384);
  }
  const Matrix queries = TakeQueries(vectors);
  const auto start = std::chrono::steady_clock::now();
  auto training =
      TrainKnn(MakeExamples(vectors.rows), vectors, {},
               {.strong_model = "strong", .weak_model = "weak", .index = KnnIndex::kGraph},
               [](const auto& step) { fmt::print(stderr, "{}\n", step); });
  if (!training) return 2;
  const std::chrono::duration<double> trained = std::chrono::steady_clock::now() - start;
  KnnCheckpoint& checkpoint = training->checkpoint;
  fmt::print("{} vectors of {} numbers; {} neighbours, {} candidates; trained in {:.0f} s\n",
             checkpoint.queries(), queries.columns, checkpoint.neighbours, checkpoint.breadth,
             trained.count());
  const double recall = Recall(checkpoint, queries);
  fmt::print("graph: finds {:.2f} % of the true neighbours of unseen queries\n", 100.0 * recall);
  if (recall < kLeastRecall) return 1;
  auto exact = checkpoint;
  exact.graph.reset();
  Print("exact", Time(*KnnRouter::Create(std::move(exact)), queries));
  Print("graph", Time(*KnnRouter::Create(std::move(checkpoint)), queries));
  return 0;
}
