// Evidence of many prompts, for the command-line tools.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "evidence/evidence_value.h"

namespace routellm::evidence_client {

// Implementations are thread-safe.
class EvidenceGetter {
 public:
  virtual ~EvidenceGetter() = default;

  // For each prompt, in order, what was found out or why not. Prompts are valid UTF-8 and not
  // empty. Blocks until all are done.
  [[nodiscard]] virtual std::vector<Result<evidence::EvidenceValue>> Get(
      std::span<const std::string_view> prompts) const = 0;
};

}  // namespace routellm::evidence_client
