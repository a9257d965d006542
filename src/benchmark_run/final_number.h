// The number that an answer to a word problem ends in, read exactly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace routellm::benchmark_run {

// A rational number in its one shortest form: "-12.5", "0", "7/3" (lowest terms, only where there
// is no finite decimal). Equal values have equal text; nothing is rounded.
struct ExactNumber {
  std::string text;
  bool operator==(const ExactNumber&) const = default;
};

// The number that `answer` states as its result; nothing if it has none. In this order:
//  1. what follows the last "####" that a number follows (the form of GSM8K's own solutions);
//  2. the last number within the last \boxed{...};
//  3. the last number of all.
// Text behind a line that begins with "Question:" belongs to a model that asks itself the next one,
// and is not read.
//
// Read as numbers: 1,234 and 1{,}234 and groups apart by a no-break or thin space; 3.50 (= 3.5);
// .5; -5, -$5 and $-5, with U+2212 or an en dash as well; 5/2; 3 1/2. Currency and percent signs
// and units do not matter. A minus behind a digit, a letter or a bracket is an operator or a
// hyphen. Not read: exponents and indices (m^2, x_1), dates (1/2/2024), versions and addresses
// (1.2.3).
//
// Any bytes are safe; the time is linear in their number. Thread-safe.
[[nodiscard]] std::optional<ExactNumber> FinalNumber(std::string_view answer);

}  // namespace routellm::benchmark_run
