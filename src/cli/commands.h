// The subcommands of the program, one file each. Each function adds its subcommand, with an example
// in its help text, to `app`; its callback does the work and throws CLI::RuntimeError(status) to
// leave with a status other than 0.
//
// Statuses: 0 success, 1 the work failed, 2 wrong usage or unusable input, 3 what was looked for
// was found (`contamination --fail-if-found`).
#pragma once

#include <CLI/App.hpp>

#include "core/error.h"

namespace routellm::cli {

inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFound = 3;

// Prints "routellm: MESSAGE" on standard error and throws CLI::RuntimeError: kExitUsage for
// kInvalidRequest, kModelNotFound and kInvalidData, else kExitFailure.
[[noreturn]] void Exit(const Error& error);

void AddBenchmark(CLI::App& app);
void AddCalibrate(CLI::App& app);
void AddCheckConfig(CLI::App& app);
void AddContamination(CLI::App& app);
void AddData(CLI::App& app);
void AddEmbed(CLI::App& app);
void AddEvaluate(CLI::App& app);
void AddExport(CLI::App& app);
void AddLabel(CLI::App& app);
void AddMockUpstream(CLI::App& app);
void AddModels(CLI::App& app);
void AddRoute(CLI::App& app);
void AddServe(CLI::App& app);
void AddTrain(CLI::App& app);
void AddVersion(CLI::App& app);

}  // namespace routellm::cli
