// The win rates of all prompts of a file or of standard input.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/error.h"
#include "evidence_client/scorer.h"

namespace routellm::cli {

enum class InputFormat { kAuto, kLines, kJsonl, kCsv };

struct PromptInput {
  std::string path;  // "-": standard input
  InputFormat format = InputFormat::kAuto;
  std::string column = "prompt";  // of CSV, or key of JSON Lines
};

struct ScoredInput {
  std::vector<double> win_rates;  // in no particular order
  std::size_t without_text = 0;   // requests that have nothing to score
};

// Scores every prompt on all cores, the first `max_bytes` of each.
//
// kAuto goes by the name, as data::LoadPrompts does; a folder stands for the files that
// data::FindPromptFiles finds; standard input and files of other names are lines, JSON where one
// begins with "{". Lines and JSON Lines that are not compressed are read in bounded memory, but for
// the win rates. Blank lines are skipped.
//
// Errors: kIo; kInvalidData, naming file and line, for what cannot be read as a prompt, and for an
// input without any; as Scorer::Score.
[[nodiscard]] Result<ScoredInput> ScoreInput(const evidence_client::Scorer& scorer,
                                             const PromptInput& input, std::size_t max_bytes);

}  // namespace routellm::cli
