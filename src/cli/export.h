// The subcommands of `routellm export`, a file each.
#pragma once

#include <CLI/App.hpp>

namespace routellm::cli {

void AddExportCausalLlm(CLI::App& app);

}  // namespace routellm::cli
