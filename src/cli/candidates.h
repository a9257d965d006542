// The routers that an evaluation compares, by their scores.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/embedder_flags.h"
#include "core/error.h"
#include "evaluation/evaluate.h"

namespace routellm::cli {

struct CandidateSources {
  std::vector<std::string> routers;  // NAME of a router, or NAME=FILE for a checkpoint of `mf`
  std::vector<std::string> scores;   // NAME=FILE (data/score_file.h)
  std::string config;                // configuration whose routers may be named; empty for none
  EmbedderFlags embedder;            // for routers that score embeddings, instead of their own
};

// The routers of score files, then those that are named, then `random` and `length` if they are not
// among them. Errors: kInvalidRequest, kIo or kInvalidData for what cannot be found or read.
[[nodiscard]] Result<std::vector<evaluation::Candidate>> MakeCandidates(
    const CandidateSources& sources, const std::vector<std::string>& prompts);

}  // namespace routellm::cli
