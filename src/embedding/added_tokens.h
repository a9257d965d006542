// Tokens that are found in a text as they are, before anything else is done to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "embedding/tokenizer.h"

namespace routellm::embedding {

struct AddedToken {
  std::string content;  // not empty
  TokenId id;
  bool strip_left = false;  // takes the white space on that side, too
  bool strip_right = false;
};

// Immutable and thread-safe.
class AddedTokens {
 public:
  explicit AddedTokens(std::vector<AddedToken> tokens);

  // Calls `section` for each stretch of text between added tokens that is not empty, and `token`
  // for each of these, in order, until either returns false. Of tokens that begin at one place the
  // longest counts.
  template <typename Section, typename Token>
  void Split(std::string_view text, Section section, Token token) const {
    while (!text.empty()) {
      const Found found = Find(text);
      if (!found.before.empty() && !section(found.before)) return;
      if (found.token == nullptr || !token(found.token->id)) return;
      text = found.behind;
    }
  }

  [[nodiscard]] const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  struct Found {
    std::string_view before;
    const AddedToken* token;  // null: there is none
    std::string_view behind;
  };
  [[nodiscard]] Found Find(std::string_view text) const;

  std::vector<AddedToken> tokens_;  // the longest first
  std::string starts_;
};

}  // namespace routellm::embedding
