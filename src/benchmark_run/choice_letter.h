// Which of four options an answer chooses.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace routellm::benchmark_run {

inline constexpr std::size_t kChoices = 4;
using Choices = std::array<std::string, kChoices>;  // the texts of A, B, C and D

// 'A' to 'D', or nothing where the answer chooses none or more than one. In this order:
//  1. a first line that is only a letter: "B", "(b)", "**B**.";
//  2. a statement: "The answer is (B)", "Correct option: B", "B is correct";
//  3. a line that begins with a label: "B. text", "B) text", "B: text"; "B because ...";
//  4. the text of exactly one option, alone or behind "the answer is".
// Statements or labels that disagree choose nothing, and so does a label whose line has the text of
// another option. The article "A" is no label. Any bytes are safe. Thread-safe.
[[nodiscard]] std::optional<char> ChosenLetter(std::string_view answer, const Choices& choices);

}  // namespace routellm::benchmark_run
