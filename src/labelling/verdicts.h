// What a judge is asked, and what it says. The words are this project's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace routellm::labelling {

// Raised when the words change: labels of two revisions are not comparable.
inline constexpr int kVerdictPromptRevision = 1;

enum class Verdict : std::uint8_t { kFirst, kSecond, kTie };

// The messages that ask which of two answers is better. All three texts are fenced (fence.h).
[[nodiscard]] nlohmann::json PairMessages(std::string_view prompt, std::string_view first,
                                          std::string_view second);

// The messages that ask for a score of `answer`, from 1 to 5, against the answer `reference` of the
// stronger model.
[[nodiscard]] nlohmann::json ScoreMessages(std::string_view prompt, std::string_view reference,
                                           std::string_view answer);

// `messages` continued by a reply without a verdict and the wish for one.
[[nodiscard]] nlohmann::json Again(nlohmann::json messages, std::string_view reply);

// What the last line that is not blank says: "Verdict: [[A]]", [[B]] or [[tie]], and nothing else
// but ** around it and a point. Nothing for any other reply: brackets that stand elsewhere, such as
// in a quotation of an answer, do not count.
[[nodiscard]] std::optional<Verdict> ReadVerdict(std::string_view reply);

// The same for "Score: [[1]]" to [[5]].
[[nodiscard]] std::optional<int> ReadScore(std::string_view reply);

// Of two judgements, of which the second was given with the answers in the other order: kFirst or
// kSecond, by the first order, where they agree, else a tie.
[[nodiscard]] Verdict Agree(Verdict one, Verdict swapped);

}  // namespace routellm::labelling
