// The parts of a configuration file that say where evidence comes from, and where a model is.
#pragma once

#include <filesystem>
#include <string>

#include "config/environment.h"
#include "config/evidence.h"
#include "config/provider.h"
#include "config/section.h"

namespace routellm::config {

// All report what is wrong to the section's problems.

// The endpoint of `model`, `base_url`, `api_version`, `api_key_env` and `auth`, with what `spec`
// has in addition; a model that it has may be left out. Other keys are the caller's affair.
[[nodiscard]] Endpoint ReadEndpoint(Section& section, const Environment& environment,
                                    ModelSpec spec);

// `precision`: float, which is the default, int8 or, where that is known, int4.
[[nodiscard]] embedding::Precision ReadPrecision(Section& section, bool int4 = false);

// The whole section of an embedder.
[[nodiscard]] EmbedderConfig ReadEmbedder(Section section, const Environment& environment,
                                          const std::filesystem::path& directory);

// The keys of a causal_llm router. Where they are absent, what `scoring` has holds, and for `model`
// `default_model`; it is required if that is empty.
[[nodiscard]] ScoringModelConfig ReadScoringModel(Section& section, const Environment& environment,
                                                  const std::filesystem::path& directory,
                                                  ScoringModelConfig scoring = {},
                                                  std::string default_model = {});

// The keys of an exec router. The program runs in `directory`.
[[nodiscard]] CommandConfig ReadCommand(Section& section, const Environment& environment,
                                        const std::filesystem::path& directory);

}  // namespace routellm::config
