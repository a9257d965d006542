// What an OpenAI-compatible server is asked about a prompt, and what its answer means.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "evidence/evidence_value.h"

namespace routellm::evidence {

// Immutable and thread-safe; no input or output.
class Question {
 public:
  virtual ~Question() = default;

  // The JSON to post. `prompt` is valid UTF-8 and not empty.
  [[nodiscard]] virtual std::string Body(std::string_view prompt) const = 0;

  // Reads the body of an answer with status 200. Error kInvalidData, without any text of it.
  [[nodiscard]] virtual Result<EvidenceValue> Read(std::string_view answer) const = 0;
};

}  // namespace routellm::evidence
