// What the built-in router sees of a prompt.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "text/word_vectors.h"

namespace routellm::text {

struct PromptFact {
  std::string_view name;     // an identifier
  std::string_view meaning;  // how its value, in [0, 1], comes about
  std::string_view high;     // what a high value says of a prompt, for people
  std::string_view low;      // the same for a low value
};

// The numbers of one prompt, in three families and two kinds. Each sees what the others miss, none
// remembers a prompt, and none can be moved far by a few added words.
struct PromptFeatures {
  // Of the rules by which they are extracted. Whoever changes what any text extracts to raises it:
  // a checkpoint is of use only with the rules that it was trained on.
  static constexpr int kRevision = 3;
  static constexpr std::size_t kFacts = 16;
  static constexpr std::size_t kFunctionWords = 56;

  std::array<float, kFacts> facts{};                   // each in [0, 1]; PromptFacts() names them
  std::array<float, kFunctionWords> function_words{};  // sqrt(share of the words), FunctionWords()
  WordVectors::Vector meaning{};                       // the mean vector of its words

  // How much the prompt is a word problem (a question in prose with numbers throughout) and
  // mathematics set in LaTeX, each in [0, 1]. Both are 0 for multiple choice and for code.
  float word_problem = 0.0F;
  float latex_mathematics = 0.0F;
};

[[nodiscard]] std::span<const PromptFact, PromptFeatures::kFacts> PromptFacts();
[[nodiscard]] std::span<const std::string_view, PromptFeatures::kFunctionWords> FunctionWords();

// Any bytes are safe; the time is linear in their number. Thread-safe: works in scratch memory of
// its thread, which it allocates only to grow it.
[[nodiscard]] PromptFeatures ExtractPromptFeatures(std::string_view text,
                                                   const WordVectors& vectors);

}  // namespace routellm::text
