// The parts of a configuration file that say where evidence comes from, and where a model is.
#pragma once

#include <filesystem>

#include "config/environment.h"
#include "config/evidence.h"
#include "config/provider.h"
#include "config/section.h"

namespace routellm::config {

// All report what is wrong to the section's problems.

// The endpoint of `model`, `base_url`, `api_version`, `api_key_env` and `auth`, with what `spec`
// has in addition. Other keys are the caller's affair.
[[nodiscard]] Endpoint ReadEndpoint(Section& section, const Environment& environment,
                                    ModelSpec spec);

// The whole section of an embedder.
[[nodiscard]] EmbedderConfig ReadEmbedder(Section section, const Environment& environment,
                                          const std::filesystem::path& directory);

// The keys of a causal_llm router.
[[nodiscard]] ScoringModelConfig ReadScoringModel(Section& section, const Environment& environment,
                                                  const std::filesystem::path& directory);

// The keys of an exec router.
[[nodiscard]] CommandConfig ReadCommand(Section& section);

}  // namespace routellm::config
