#include "cli/export.h"

#include "cli/commands.h"

namespace routellm::cli {

void AddExport(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("export", "Write training data for what is trained elsewhere");
  command->require_subcommand(1);
  command->footer(
      "Example:\n  routellm export causal-llm --scores labels/judged.scores.jsonl --weak-model "
      "gpt-4o-mini --out fine-tuning");
  AddExportCausalLlm(*command);
}

}  // namespace routellm::cli
