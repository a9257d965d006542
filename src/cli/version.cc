#include <fmt/core.h>

#include "cli/commands.h"

namespace routellm::cli {

void AddVersion(CLI::App& app) {
  app.add_subcommand("version", "Print the version")
      ->footer("Example:\n  routellm version")
      ->callback([] { fmt::print("routellm {}\n", ROUTELLM_VERSION); });
}

}  // namespace routellm::cli
