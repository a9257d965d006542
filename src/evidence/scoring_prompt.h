// What a scoring model is told before it scores.
#pragma once

#include <string>
#include <string_view>

#include "config/evidence.h"
#include "core/error.h"

namespace routellm::evidence {

// The system's and the user's message. Immutable and thread-safe.
class ScoringPrompt {
 public:
  // From `config.prompt_folder`, the folder of a published checkpoint: system_ft_v5.txt, and
  // classifier_ft_v5.txt, where {question} stands for the prompt and {{ and }} for braces. Where no
  // folder is named, in the program's own words. Space around both is left out, as in the Python
  // package. Errors: kIo for a file that cannot be read; kInvalidData, with its name, for one that
  // is not valid UTF-8, or without {question}, or with another name in braces.
  [[nodiscard]] static Result<ScoringPrompt> Make(const config::ScoringModelConfig& config);

  [[nodiscard]] const std::string& system() const { return system_; }

  // The question as it is, however it looks (untrusted_text.h).
  [[nodiscard]] std::string User(std::string_view question) const;

 private:
  std::string system_;
  std::string before_;  // the user's message on either side of the question
  std::string after_;
};

// The beginning of an answer in digits, in front of the digit, where the model is given it.
inline constexpr std::string_view kAnswerPrefix = "[[";

// `system`, `user` and the beginning of the assistant's answer as Llama 3 was trained to read them,
// but for the token that begins a text, which the server adds.
[[nodiscard]] std::string Llama3Text(std::string_view system, std::string_view user,
                                     std::string_view answer);

}  // namespace routellm::evidence
