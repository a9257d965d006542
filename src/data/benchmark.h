// The public benchmarks that routers are compared on: what was asked, and how well each model
// answered.
//
// Files and layout are those of the RouteLLM evaluation data (Ong et al., "RouteLLM: Learning to
// Route LLMs with Preference Data", 2024): MMLU with 57 subjects, GSM8K, and MT Bench with two
// turns judged from 1 to 10.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "data/contaminated_prompts.h"

namespace routellm::data {

// How well one model answered, prompt by prompt: 0 (wrong) or 1 (right) in MMLU and GSM8K, the mean
// of both turns' judgements, from 1 to 10, in MT Bench.
struct ModelScores {
  std::string model;
  std::vector<double> scores;
};

// Prompts are in the order of the files (MMLU: of the subjects' names) and valid UTF-8. There is at
// least one, and each model has a score for each.
struct Benchmark {
  std::string name;                       // says so if it is partial (data/partial_mark.h)
  std::string unit;                       // of quality: "% correct" or "judge score"
  double scale = 1.0;                     // a mean score times this is in that unit
  std::vector<std::string> prompts;       // MT Bench: the first turn
  std::vector<std::string> second_turns;  // MT Bench: one for each prompt; else empty
  std::vector<ModelScores> models;
  std::size_t contaminated = 0;  // prompts left out because they occur in training data

  // Error kModelNotFound, with the names that there are.
  [[nodiscard]] Result<const ModelScores*> Find(std::string_view model) const;
};

// The names that LoadBenchmark takes.
[[nodiscard]] std::vector<std::string> BenchmarkNames();

// Reads a benchmark from its folder in `folder` ("mmlu", "gsm8k" or "mt_bench") and leaves out the
// prompts that are listed in `exclusions`, by default in its contaminated_prompts.jsonl; in MT
// Bench either turn counts. Errors: kInvalidRequest for another name, kIo for a file that cannot be
// read, kInvalidData, with file, line and column, for one that is not as it must be.
[[nodiscard]] Result<Benchmark> LoadBenchmark(std::string_view name,
                                              const std::filesystem::path& folder,
                                              const Exclusions& exclusions = {});

}  // namespace routellm::data
