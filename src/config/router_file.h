// The configuration file of the Python package: for each router its keyword arguments, nothing
// else.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/environment.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace routellm::config {

using RouterMap = std::map<std::string, RouterConfig, std::less<>>;

// Whether `root` is such a file: a map whose keys are all routers of the Python package.
[[nodiscard]] bool IsRouterFile(const YamlNode& root);

// The names of the routers in it.
[[nodiscard]] std::vector<std::string> RouterFileNames(const YamlNode& root);

// The routers of the file that are among `enabled`; as in the Python package, the others are not
// looked at. Paths are relative to the working directory. Reports routers that this program does
// not have, unknown arguments, and checkpoints that are no local file. The arguments that describe
// the shape of a checkpoint (hidden_size, num_models, text_dim, num_classes, use_proj) are accepted
// and not read: the checkpoint itself says them. causal_llm's model is served elsewhere, so that
// its section may have the keys of this program's own form as well (ReadScoringModel): without
// them, at vLLM's usual address, under the name `checkpoint_path`.
[[nodiscard]] RouterMap ReadRouterFile(const YamlNode& root,
                                       const std::vector<std::string>& enabled,
                                       const Environment& environment, Problems& problems);

}  // namespace routellm::config
