// What is wrong with a configuration, collected so that one run shows all of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::config {

class Problems {
 public:
  // `path` is a full key path ("models.llama.base_url") or a flag ("--base-url"), or empty for the
  // whole file; `line` is 1-based, 0 where there is none. Without a line, what is already there is
  // not added again: two models may share a wrong flag.
  void Add(std::string_view path, int line, std::string_view message);

  [[nodiscard]] bool empty() const { return items_.empty(); }

  // An error whose `detail` has a line "PATH (line N): MESSAGE" for each problem, in the order of
  // the lines.
  [[nodiscard]] tl::unexpected<Error> ToError(ErrorCode code, std::string_view subject) const;

 private:
  struct Item {
    int line;
    std::string text;
  };
  std::vector<Item> items_;
};

// `text` for a message: shortened, and with control and non-ASCII bytes replaced by '?'.
[[nodiscard]] std::string Printable(std::string_view text);

// " (did you mean 'x'?)" for the candidate that is nearest to `word`, empty if none is near.
[[nodiscard]] std::string DidYouMean(std::string_view word,
                                     const std::vector<std::string_view>& candidates);

// "a, b, c", shortened where it is long.
[[nodiscard]] std::string Join(const std::vector<std::string_view>& words);

}  // namespace routellm::config
