// MT Bench as question.jsonl, judgements.jsonl and contaminated_prompts.jsonl.
#pragma once

#include <filesystem>

#include "core/error.h"
#include "data/benchmark.h"

namespace routellm::data {

// As LoadBenchmark, for the folder of these files. Each model that is judged at all must be judged
// once for each turn of each question that is not contaminated.
[[nodiscard]] Result<Benchmark> LoadMtBench(const std::filesystem::path& folder,
                                            const Exclusions& exclusions);

}  // namespace routellm::data
