// Where the benchmarks' files lie: `data get` puts them there, the other subcommands read them.
#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"

namespace routellm::cli {

inline constexpr const char* kDefaultBenchmarkFolder = "data/benchmarks";

inline constexpr const char* kBenchmarkFolderHelp =
    "Folder that holds mmlu, gsm8k and mt_bench; default: $ROUTELLM_DATA/benchmarks, then "
    "data/benchmarks";

// The folder that --data-dir names, that of the environment, or the default one if it is there.
// Error kInvalidRequest if there is none of them.
[[nodiscard]] Result<std::filesystem::path> BenchmarkFolder(const std::string& flag);

}  // namespace routellm::cli
