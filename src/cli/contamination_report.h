// What `routellm contamination` prints and writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contamination/find_matches.h"

namespace routellm::cli {

// A prompt and where it is from.
struct SourcedPrompt {
  std::string source;  // the file, or the benchmark
  std::string id;      // within the source
  std::size_t index;   // of training: among all prompts; of evaluation: in its source
  std::string text;
};

struct ContaminationReport {
  std::vector<std::string> train_files;
  std::string eval_name;
  const std::vector<SourcedPrompt>& train;
  const std::vector<SourcedPrompt>& eval;
  contamination::MatchOptions options;
  std::string vectors;  // what the cosines are of; empty if there are none
  const std::vector<contamination::Match>& matches;  // the surest first
};

// Counts, and the first `top` evaluation prompts with their surest matches.
[[nodiscard]] std::string ContaminationText(const ContaminationReport& report, std::size_t top);

// One JSON object with everything.
[[nodiscard]] std::string ContaminationJson(const ContaminationReport& report);

// The exclusion list: a line for each evaluation prompt that is found, with its surest match, in
// the form of contaminated_prompts.jsonl (data/contaminated_prompts.h).
[[nodiscard]] std::string ExclusionList(const ContaminationReport& report);

}  // namespace routellm::cli
