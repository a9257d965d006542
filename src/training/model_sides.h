// Reads which models count as strong and as weak, source by source.
#pragma once

#include <string>

#include "core/error.h"
#include "training/mf_trainer.h"

namespace routellm::training {

// A JSON file {"SOURCE": {"strong": [MODEL, ...], "weak": [MODEL, ...]}, ...}. Errors: kIo if it
// cannot be read; kInvalidData, naming the file, for other content or an empty list.
[[nodiscard]] Result<SidesBySource> LoadSidesBySource(const std::string& path);

}  // namespace routellm::training
