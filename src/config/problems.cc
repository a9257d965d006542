#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace routellm::config {
namespace {

constexpr std::size_t kShownBytes = 120;
constexpr std::size_t kShownProblems = 100;
constexpr std::size_t kShownWords = 25;
constexpr std::size_t kLongestTypo = 40;

// Levenshtein distance, one row at a time.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

void Problems::Add(std::string_view path, int line, std::string_view message) {
  std::string where(path);
  if (line > 0)
    where += where.empty() ? fmt::format("line {}", line) : fmt::format(" (line {})", line);
  std::string text = where.empty() ? std::string(message) : fmt::format("{}: {}", where, message);
  const auto same = [&text](const Item& item) { return item.text == text; };
  if (line == 0 && std::any_of(items_.begin(), items_.end(), same)) return;
  items_.push_back({line, std::move(text)});
}

tl::unexpected<Error> Problems::ToError(ErrorCode code, std::string_view subject) const {
  std::vector<Item> sorted = items_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Item& a, const Item& b) { return a.line < b.line; });
  std::string detail;
  for (std::size_t i = 0; i < std::min(sorted.size(), kShownProblems); ++i) {
    detail += "\n  " + sorted[i].text;
  }
  if (sorted.size() > kShownProblems) {
    detail += fmt::format("\n  ... and {} more", sorted.size() - kShownProblems);
  }
  return Fail(
      code,
      fmt::format("{} has {} problem{}", subject, items_.size(), items_.size() == 1 ? "" : "s"),
      std::move(detail));
}

std::string Printable(std::string_view text) {
  std::string shown(text.substr(0, kShownBytes));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  if (text.size() > kShownBytes) shown += "...";
  return shown;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kLongestTypo) return {};
  std::string_view nearest;
  std::size_t nearest_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongestTypo) continue;
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < nearest_distance) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", nearest);
}

std::string Join(const std::vector<std::string_view>& words) {
  const std::size_t shown = std::min(words.size(), kShownWords);
  const auto end = words.begin() + static_cast<std::ptrdiff_t>(shown);
  const std::string rest = shown < words.size() ? ", ..." : "";
  return fmt::format("{}{}", fmt::join(words.begin(), end, ", "), rest);
}

}  // namespace routellm::config
