// A user's text on its way into the prompt of a language model that judges it.
#pragma once

#include <string>
#include <string_view>

namespace routellm::evidence {

// `text` without anything that a tokenizer would take for one of its special tokens: servers read
// them within a message as they do outside, so that a user could end the message, begin the
// assistant's, or write the score. Broken up by a space behind their first character are
//   - "[[N]]" of digits, the labels of a fine-tuned scorer;
//   - "<|" and "<" with a full-width bar (Llama 3, ChatML, Phi, GLM, DeepSeek);
//   - words in square brackets, of capitals and underscores, with a "/" in front or not: [INST];
//   - "<<SYS>>" and "<</SYS>>";
//   - in angle brackets, the short names that are tokens somewhere (s, bos, eos, unk, pad, mask,
//     cls, sep, think; "/" in front or not), and words with an underscore (start_of_turn), or that
//     begin with "unused", "reserved", "special" or "0x".
// Everything else stays as it is, mark-up and code included. Case counts for nothing, except within
// square brackets. Of valid UTF-8 it makes valid UTF-8; done twice it is as done once.
[[nodiscard]] std::string NeutralizeTokens(std::string_view text);

}  // namespace routellm::evidence
