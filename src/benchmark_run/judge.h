// MT Bench's single-answer grading by a language model (Zheng et al., "Judging LLM-as-a-Judge with
// MT-Bench and Chatbot Arena", 2023): the judge sees one conversation, explains, and ends in a
// rating from 1 to 10 in double brackets. The words of the prompt are this project's own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace routellm::benchmark_run {

// Raised when the words change: judgements of two revisions are not comparable.
inline constexpr int kJudgePromptRevision = 1;

struct Turn {
  std::string user;
  std::string assistant;
  std::string reference;  // "" if there is none
};

// The messages that ask for a rating of the last of `turns`; the earlier ones are its context.
[[nodiscard]] nlohmann::json JudgeMessages(const std::vector<Turn>& turns);

// The number in the last [[...]] of a judgement; nothing unless it is from 1 to 10.
[[nodiscard]] std::optional<double> Rating(std::string_view judgement);

}  // namespace routellm::benchmark_run
