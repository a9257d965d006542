// What the subcommands of `routellm benchmark` share.
#pragma once

#include <CLI/App.hpp>

#include "cli/benchmark_folder.h"

namespace routellm::cli {

// `benchmark run`, in benchmark_run.cc.
void AddBenchmarkRun(CLI::App& benchmark);

}  // namespace routellm::cli
