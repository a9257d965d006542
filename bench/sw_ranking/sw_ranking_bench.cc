// Decisions of the routers on embeddings: `sw_ranking_bench FOLDER`, a folder that reference.py has
// made. Prints, as JSON, for each query the win rate and for each router the processor time of a
// decision in microseconds (median); reference.py compares them.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "embedding/vector_file.h"
#include "routing/mf_embedding_router.h"
#include "routing/sw_ranking_router.h"

namespace routellm {
namespace {

// Of this thread, so that a busy machine does not count.
double CpuMicroseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

template <typename T>
T OrExit(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "sw_ranking_bench: {}\n", result.error().ToString());
  std::exit(1);
}

struct Measured {
  std::vector<double> win_rates;  // of the queries
  double median_us = 0.0;
};

Measured Measure(const routing::Router& router, const embedding::Matrix& queries, int rounds,
                 int repetitions) {
  Measured measured;
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t q = 0; q < queries.rows; ++q) {
      const double start = CpuMicroseconds();
      double win_rate = 0.0;
      for (int i = 0; i < repetitions; ++i)
        win_rate = OrExit(router.Score({}, queries.Row(q))).value();
      times.push_back((CpuMicroseconds() - start) / repetitions);
      if (round == 0) measured.win_rates.push_back(win_rate);
    }
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  measured.median_us = times[times.size() / 2];
  return measured;
}

std::string Json(const Measured& measured) {
  return fmt::format("{{\"microseconds\": {}, \"win_rates\": [{}]}}", measured.median_us,
                     fmt::join(measured.win_rates, ", "));
}

// A checkpoint of the published shape, with random numbers.
std::unique_ptr<const routing::MfEmbeddingRouter> MakeMf(std::size_t columns) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal(0.0F, 0.1F);
  const auto values = [&](std::size_t size) {
    std::vector<float> drawn(size);
    for (float& value : drawn) value = normal(random);
    return drawn;
  };
  return OrExit(routing::MfEmbeddingRouter::Create({.dimension = 128,
                                                    .embedding_dimension = columns,
                                                    .projection = values(128 * columns),
                                                    .classifier = values(128),
                                                    .models = {"strong", "weak"},
                                                    .model_vectors = values(2 * 128),
                                                    .strong_model = "strong",
                                                    .weak_model = "weak"},
                                                   "", ""));
}

}  // namespace
}  // namespace routellm

int main(int argc, char** argv) {
  using namespace routellm;
  if (argc != 2) {
    fmt::print(stderr, "Usage: sw_ranking_bench FOLDER\n");
    return 2;
  }
  const std::string folder = argv[1];
  const auto queries = OrExit(embedding::LoadVectors(folder + "/queries.npy"));
  const auto load = [&](routing::Precision precision) {
    return OrExit(
        routing::SwRankingRouter::Load({.battles_path = folder + "/battles.csv",
                                        .embeddings_path = folder + "/embeddings.safetensors",
                                        .precision = precision,
                                        .strong_model = "m0",
                                        .weak_model = "m40"}));
  };
  const auto floats = Measure(*load(routing::Precision::kFloat), queries, 5, 1);
  const auto bytes = Measure(*load(routing::Precision::kInt8), queries, 5, 1);
  const auto nibbles = Measure(*load(routing::Precision::kInt4), queries, 5, 1);
  const auto mf = Measure(*MakeMf(queries.columns), queries, 50, 1000);
  fmt::print("{{\"float\": {},\n \"int8\": {},\n \"int4\": {},\n \"mf\": {}}}\n", Json(floats),
             Json(bytes), Json(nibbles), Json(mf));
  return 0;
}
