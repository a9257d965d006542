#include <fmt/core.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/serve_flags.h"
#include "config/load.h"
#include "config/summary.h"
#include "gateway/routers.h"

namespace routellm::cli {
namespace {

struct Options {
  std::string file;
  bool strict = false;
};

void Run(const Options& options) {
  auto config = config::ReadConfigFile(options.file, SystemEnvironment());
  if (!config) Exit(config.error());
  // The routers are made once, so that a checkpoint that cannot be used is known before a server
  // needs it.
  if (const auto routers = gateway::MakeRouters(*config, options.file); !routers)
    Exit(routers.error());
  fmt::print("{}", config::Describe(*config));
  if (config->models.empty()) {
    fmt::print(
        "A router file of the Python package: give the models beside it, as in\n"
        "  routellm serve --config {} --strong-model MODEL --weak-model MODEL\n",
        options.file);
  }
  const config::Problems missing = config::MissingKeys(*config);
  if (missing.empty()) return;
  const Error error = missing.ToError(ErrorCode::kInvalidData, "the environment").value();
  if (options.strict) Exit(error);
  fmt::print(stderr, "warning: {}\n", error.ToString());
}

}  // namespace

void AddCheckConfig(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("check-config", "Check a configuration file and say what it means");
  command->add_option("FILE", options->file, "Configuration file")->required();
  command->add_flag("--strict", options->strict, "Fail, too, if a model's key variable is not set");
  command->footer("Example:\n  routellm check-config routellm.yaml");
  command->callback([options] { Run(*options); });
}

}  // namespace routellm::cli
