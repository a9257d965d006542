// What the subcommands of `routellm benchmark` share.
#pragma once

#include <filesystem>
#include <string>

#include <CLI/App.hpp>

#include "core/error.h"

namespace routellm::cli {

inline constexpr const char* kBenchmarkFolderHelp =
    "Folder that holds mmlu, gsm8k and mt_bench; default: $ROUTELLM_DATA/benchmarks";

// The folder that --data-dir names, or that of the environment. Error kInvalidRequest if there is
// neither.
[[nodiscard]] Result<std::filesystem::path> BenchmarkFolder(const std::string& flag);

// `benchmark run`, in benchmark_run.cc.
void AddBenchmarkRun(CLI::App& benchmark);

}  // namespace routellm::cli
