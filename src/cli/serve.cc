#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/serve_flags.h"
#include "config/load.h"
#include "config/summary.h"
#include "gateway/server.h"

namespace routellm::cli {
namespace {

void Serve(const config::ServeFlags& flags) {
  std::signal(SIGPIPE, SIG_IGN);  // lines of the log are lost where nobody reads them any more
  spdlog::set_default_logger(spdlog::stderr_logger_mt("routellm"));
  auto config = config::LoadConfig(flags, SystemEnvironment());
  if (!config) Exit(config.error());
  auto server = gateway::Server::Create(std::move(*config));
  if (!server) Exit(server.error());
  fmt::print("{}listening on {}\n", config::Describe((*server)->config()), (*server)->url());
  std::fflush(stdout);
  (*server)->Run();
}

}  // namespace

void AddServe(CLI::App& app) {
  auto flags = std::make_shared<config::ServeFlags>();
  CLI::App* serve = app.add_subcommand("serve", "Run the gateway");
  AddServeFlags(*serve, *flags);
  serve->footer(
      "Examples:\n"
      "  routellm serve --strong-model openai/gpt-4o --weak-model ollama/llama3 --router mf "
      "--threshold 0.5\n"
      "  routellm serve --config routellm.yaml");
  serve->callback([flags] { Serve(*flags); });
}

}  // namespace routellm::cli
