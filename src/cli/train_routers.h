// The trainers of `routellm train` that have a file of their own. Each adds its subcommand to
// `train`.
#pragma once

#include <CLI/App.hpp>

namespace routellm::cli {

void AddTrainKnn(CLI::App& train);

}  // namespace routellm::cli
