#include "data/score_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "data/csv_reader.h"
#include "data/replace_file.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

template <typename T>
std::optional<T> ParseWhole(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class ScoreTable {
 public:
  explicit ScoreTable(std::size_t count) : scores_(count) {}

  Result<void> Add(const CsvReader& row, std::size_t index_column, std::size_t score_column) {
    const std::string& index_text = row.Field(index_column);
    const auto index = ParseWhole<std::size_t>(index_text);
    if (!index || *index >= scores_.size()) {
      return tl::unexpected(row.ErrorAt(
          index_column,
          fmt::format("{} is not an index from 0 to {}", Quoted(index_text), scores_.size() - 1)));
    }
    if (scores_[*index]) {
      return tl::unexpected(row.ErrorAt(index_column, fmt::format("{} occurs twice", *index)));
    }
    const std::string& score_text = row.Field(score_column);
    const auto score = ParseWhole<double>(score_text);
    if (!score || !std::isfinite(*score)) {
      return tl::unexpected(
          row.ErrorAt(score_column, fmt::format("{} is not a finite number", Quoted(score_text))));
    }
    scores_[*index] = *score;
    ++rows_;
    return {};
  }

  // `end` is behind the last record.
  [[nodiscard]] Result<std::vector<double>> Finish(const CsvReader& end,
                                                   std::size_t index_column) const {
    std::vector<double> scores;
    for (const auto& score : scores_) {
      if (!score) {
        return tl::unexpected(end.ErrorAt(
            index_column, fmt::format("{} is missing; the file ends after {} rows where there are "
                                      "{} prompts",
                                      scores.size(), rows_, scores_.size())));
      }
      scores.push_back(*score);
    }
    return scores;
  }

 private:
  std::vector<std::optional<double>> scores_;
  std::size_t rows_ = 0;
};

}  // namespace

Result<std::vector<double>> ReadScores(const std::filesystem::path& file, std::size_t count) {
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  auto reader = CsvReader::Create(file.string(), std::move(*text));
  if (!reader) return tl::unexpected(reader.error());
  const auto index_column = reader->Column("index");
  if (!index_column) return tl::unexpected(index_column.error());
  const auto score_column = reader->Column("score");
  if (!score_column) return tl::unexpected(score_column.error());
  ScoreTable table(count);
  for (;;) {
    const auto found = reader->Next();
    if (!found) return tl::unexpected(found.error());
    if (!*found) return table.Finish(*reader, *index_column);
    if (auto ok = table.Add(*reader, *index_column, *score_column); !ok) {
      return tl::unexpected(ok.error());
    }
  }
}

Result<void> WriteScores(const std::filesystem::path& file, std::span<const double> scores) {
  std::string text = "index,score\n";
  for (std::size_t i = 0; i < scores.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{},{}\n", i, scores[i]);
  }
  return ReplaceFile(file, text);
}

}  // namespace routellm::data
