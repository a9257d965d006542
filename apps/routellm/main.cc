#include <CLI/CLI.hpp>

#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"RouteLLM: sends each query to the cheapest language model that answers it well",
               "routellm"};
  app.require_subcommand(1);
  app.footer("`routellm SUBCOMMAND --help` shows the options of each, with an example.");
  routellm::cli::AddBenchmark(app);
  routellm::cli::AddCalibrate(app);
  routellm::cli::AddCheckConfig(app);
  routellm::cli::AddContamination(app);
  routellm::cli::AddData(app);
  routellm::cli::AddEmbed(app);
  routellm::cli::AddEvaluate(app);
  routellm::cli::AddExport(app);
  routellm::cli::AddLabel(app);
  routellm::cli::AddMockUpstream(app);
  routellm::cli::AddModels(app);
  routellm::cli::AddRoute(app);
  routellm::cli::AddServe(app);
  routellm::cli::AddTrain(app);
  routellm::cli::AddVersion(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : routellm::cli::kExitUsage;
  }
  return 0;
}
