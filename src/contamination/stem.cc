#include "contamination/stem.h"

#include <algorithm>

namespace routellm::contamination {
namespace {

bool IsOption(std::string_view line, char letter) {
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
  if (line.starts_with('(')) {
    return line.size() > 3 && line[1] == letter && line[2] == ')' && line[3] == ' ';
  }
  return line.size() > 2 && line[0] == letter && (line[1] == '.' || line[1] == ')') &&
         line[2] == ' ';
}

// Where the first line at or after `from` begins that is the option `letter`.
std::size_t FindOption(std::string_view prompt, char letter, std::size_t from) {
  while (from < prompt.size()) {
    const std::size_t end = std::min(prompt.find('\n', from), prompt.size());
    if (IsOption(prompt.substr(from, end - from), letter)) return from;
    from = end + 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view Stem(std::string_view prompt) {
  const std::size_t first = FindOption(prompt, 'A', 0);
  if (first == std::string_view::npos) return prompt;
  const bool has_second = FindOption(prompt, 'B', first) != std::string_view::npos;
  return has_second ? prompt.substr(0, first) : prompt;
}

}  // namespace routellm::contamination
