#include "embedding/added_tokens.h"

#include <algorithm>
#include <utility>

#include "embedding/white_space.h"

namespace routellm::embedding {

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::stable_sort(tokens_.begin(), tokens_.end(), [](const auto& a, const auto& b) {
    return a.content.size() > b.content.size();
  });
  for (const AddedToken& token : tokens_) starts_ += token.content.front();
}

AddedTokens::Found AddedTokens::Find(std::string_view text) const {
  for (std::size_t at = text.find_first_of(starts_); at != std::string_view::npos;
       at = text.find_first_of(starts_, at + 1)) {
    const auto token = std::find_if(tokens_.begin(), tokens_.end(), [&](const auto& candidate) {
      return text.substr(at).starts_with(candidate.content);
    });
    if (token == tokens_.end()) continue;
    Found found{text.substr(0, at), &*token, text.substr(at + token->content.size())};
    if (token->strip_left) found.before = StripRight(found.before);
    if (token->strip_right) found.behind = StripLeft(found.behind);
    return found;
  }
  return {text, nullptr, {}};
}

}  // namespace routellm::embedding
