#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "mock/script.h"
#include "mock/server.h"

namespace routellm::cli {
namespace {

void Run(const mock::Options& options) {
  const auto server = mock::Server::Listen(options);
  if (!server) Exit(server.error());
  fmt::print("listening on {}:{}\n", options.host, (*server)->port());
  std::fflush(stdout);
  (*server)->Run();
}

void AddMilliseconds(CLI::App& command, const char* name, std::chrono::milliseconds& value,
                     const char* help) {
  command
      .add_option_function<std::uint32_t>(
          name, [&value](std::uint32_t count) { value = std::chrono::milliseconds(count); }, help)
      ->type_name("MS")
      ->default_str("0");
}

}  // namespace

void AddMockUpstream(CLI::App& app) {
  auto* command = app.add_subcommand("mock-upstream", "Simulate an OpenAI-compatible model server");
  const auto options = std::make_shared<mock::Options>();
  command->add_option("--host", options->host, "Address to listen on")->capture_default_str();
  command
      ->add_option("--port", options->port, "Port to listen on; 0: any free one, printed at start")
      ->capture_default_str();
  command->add_option("--model", options->model, "Name that the answers bear")
      ->capture_default_str();
  command->add_option("--workers", options->workers, "Event loops")
      ->check(CLI::Range(1U, 1024U))
      ->capture_default_str();
  AddMilliseconds(*command, "--first-token-ms", options->shape.first_token,
                  "Time to an answer's first byte");
  AddMilliseconds(*command, "--token-ms", options->shape.token, "Time between two tokens");
  command
      ->add_option("--chunks", options->shape.chunks,
                   "Tokens of an answer, one delta each in a stream")
      ->capture_default_str();
  command->add_option("--chunk-bytes", options->shape.chunk_bytes, "Bytes of a token")
      ->capture_default_str();
  command
      ->add_option("--record", options->recorded_requests,
                   "Keep the latest N requests for GET /mock/requests")
      ->type_name("N")
      ->capture_default_str();
  command->footer(
      fmt::format("{}\n\nGET /mock/stats counts connections and answers, whole and aborted.\n\n"
                  "Example:\n  routellm mock-upstream --port 9000 --model llama3 --token-ms 5",
                  mock::kScriptHelp));
  command->callback([options] { Run(*options); });
}

}  // namespace routellm::cli
