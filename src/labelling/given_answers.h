// Answers that are there already.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace routellm::labelling {

class GivenAnswers {
 public:
  // Adds those of a JSON Lines file: `model`, `answer`, and `prompt` or the prompt's `id`. Errors:
  // kIo; kInvalidData, naming file, line and key, for a line of another form, or a second answer of
  // a model that differs from the first.
  [[nodiscard]] Result<void> Read(const std::filesystem::path& file);

  // The answer of `model` to the prompt, by its text or else by its id.
  [[nodiscard]] std::optional<std::string> Find(std::string_view model, std::string_view id,
                                                std::string_view prompt) const;

  [[nodiscard]] std::size_t size() const { return by_id_.size() + by_prompt_.size(); }

 private:
  using Key = std::pair<std::string, std::string>;  // model, and id or prompt

  std::map<Key, std::string> by_id_;
  std::map<Key, std::string> by_prompt_;
};

}  // namespace routellm::labelling
