// From a text to the words that BERT's WordPiece vocabularies are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace routellm::embedding {

struct BertNormalization {
  bool clean_text = true;     // drop control characters, make all white space a blank
  bool separate_cjk = true;   // each Chinese character is a word of its own
  bool strip_accents = true;  // canonical decomposition (NFD) without its non-spacing marks
  bool lower_case = true;
};

// The words of `text`, normalised: what BertNormalizer and BertPreTokenizer of the Python package
// `tokenizers` make of it. White space separates words, each punctuation mark is one of its own.
// Any bytes are safe; an invalid one counts as U+FFFD. Pure and thread-safe.
//
// Character categories are those of Unicode 15. The Python package's are of Unicode 8, but for the
// marks and punctuation of rare scripts that came later the words are the same.
[[nodiscard]] std::vector<std::string> BertWords(std::string_view text,
                                                 const BertNormalization& normalization);

}  // namespace routellm::embedding
