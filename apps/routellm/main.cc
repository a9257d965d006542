#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace {

// As CLI11 says it, but for a word where a subcommand is needed: that is named.
std::string FailureMessage(const CLI::App* app, const CLI::Error& error) {
  const auto words = app->remaining(true);
  std::string path = app->get_name();
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    path += " " + app->get_name();
  }
  if (app->get_require_subcommand_min() == 0 || words.empty() || words.front().starts_with('-'))
    return CLI::FailureMessage::simple(app, error);
  return "'" + path + "' has no subcommand '" + words.front() + "'\nRun '" + path +
         " --help' to see those that there are.\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"RouteLLM: sends each query to the cheapest language model that answers it well",
               "routellm"};
  app.require_subcommand(1);
  app.failure_message(FailureMessage);
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
