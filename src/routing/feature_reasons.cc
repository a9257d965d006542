#include "routing/feature_reasons.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "text/words.h"

namespace routellm::routing {
namespace {

constexpr std::size_t kFacts = text::PromptFeatures::kFacts;
constexpr std::size_t kFunctionWords = text::PromptFeatures::kFunctionWords;
constexpr std::size_t kMeaning = kFacts + kFunctionWords;  // the first column of the word vectors
constexpr std::size_t kNamedWords = 3;                     // of those that do not occur
constexpr double kSmallest = 5e-4;

double Sum(const PromptColumns& effects, std::size_t begin, std::size_t count) {
  double sum = 0.0;
  for (std::size_t i = begin; i < begin + count; ++i) sum += effects[i];
  return sum;
}

bool IsLarger(const Reason& a, const Reason& b) { return std::abs(a.effect) > std::abs(b.effect); }

std::string Quoted(std::string_view word) { return fmt::format("\"{}\"", word); }

// Without answers to choose from, all of the prompt stands before them: its length and that of the
// question are one reason.
void AddFacts(const text::PromptFeatures& features, const PromptColumns& columns,
              const PromptColumns& effects, std::vector<Reason>& reasons) {
  constexpr std::size_t kLength = 0;
  constexpr std::size_t kOptions = 8;
  constexpr std::size_t kStem = 12;
  const bool one_length = features.facts[kOptions] == 0.0F;
  const auto facts = text::PromptFacts();
  for (std::size_t i = 0; i < kFacts; ++i) {
    if (one_length && i == kStem) continue;
    const std::string_view phrase = columns[i] > 0.0F ? facts[i].high : facts[i].low;
    const double more = one_length && i == kLength ? double{effects[kStem]} : 0.0;
    reasons.push_back({std::string(phrase), effects[i] + more});
  }
}

// One reason for all function words that the prompt does without, which names those that do most in
// its direction.
void AddAbsentWords(const text::PromptFeatures& features, const PromptColumns& effects,
                    std::vector<Reason>& reasons) {
  const auto words = text::FunctionWords();
  Reason all;
  std::vector<Reason> absent;
  for (std::size_t i = 0; i < kFunctionWords; ++i) {
    if (features.function_words[i] > 0.0F) continue;
    all.effect += effects[kFacts + i];
    absent.push_back({Quoted(words[i]), effects[kFacts + i]});
  }
  std::erase_if(absent, [&](const Reason& word) { return word.effect * all.effect <= 0.0; });
  std::stable_sort(absent.begin(), absent.end(), IsLarger);
  if (absent.size() > kNamedWords) absent.resize(kNamedWords);
  for (const Reason& word : absent)
    all.what += (all.what.empty() ? "does without words such as " : ", ") + word.what;
  reasons.push_back(std::move(all));
}

// A function word says something by its mere frequency.
using Words = std::map<std::string, double>;
void AddFrequencies(const text::PromptFeatures& features, const PromptColumns& effects,
                    Words& words) {
  const auto names = text::FunctionWords();
  for (std::size_t i = 0; i < kFunctionWords; ++i) {
    if (features.function_words[i] > 0.0F) words[std::string(names[i])] += effects[kFacts + i];
  }
}

// Shares the effect of the mean word vector out among the words, by what each adds to the mean.
// What the cut of the columns takes away is shared out, too. `slopes`: of the win rate in each
// column. False if the prompt has no word of the table.
bool AddMeanings(std::string_view prompt, const text::PromptFeatures& features,
                 const text::WordVectors& vectors, const PromptColumns& columns,
                 const PromptColumns& slopes, const ColumnScale& scale, Words& words) {
  const text::WordTable& table = vectors.table();
  std::vector<text::Word> split;
  text::SplitWords(prompt, split);
  std::map<std::size_t, double> found;  // positions in the table, and their weights
  double weights = 0.0;
  for (const text::Word& word : split) {
    const std::ptrdiff_t at = vectors.Find(word.hash);
    if (at < 0) continue;
    found[static_cast<std::size_t>(at)] += table.weights[static_cast<std::size_t>(at)];
    weights += table.weights[static_cast<std::size_t>(at)];
  }
  if (found.empty()) return false;
  double cut = 0.0;
  for (std::size_t i = 0; i < text::WordTable::kDimension; ++i)
    cut += double{slopes[kMeaning + i]} * columns[kMeaning + i];
  for (const auto& [entry, weight] : found) {
    double effect = 0.0;
    for (std::size_t i = 0; i < text::WordTable::kDimension; ++i) {
      const double value =
          double{table.scales[entry]} * table.codes[entry * text::WordTable::kDimension + i];
      effect += double{slopes[kMeaning + i]} * (value - double{scale.means[kMeaning + i]}) /
                double{scale.deviations[kMeaning + i]};
    }
    effect *= (1.0 - double{features.word_problem}) * weight / weights;
    cut -= effect;
    words[table.words[entry]] += effect;
  }
  for (const auto& [entry, weight] : found) words[table.words[entry]] += cut * weight / weights;
  return true;
}

}  // namespace

std::vector<Reason> FeatureReasons(std::string_view prompt, const text::PromptFeatures& features,
                                   const PromptColumns& columns, const PromptColumns& slopes,
                                   const text::WordVectors& words, const ColumnScale& scale) {
  PromptColumns effects{};
  for (std::size_t i = 0; i < kPromptColumns; ++i) effects[i] = slopes[i] * columns[i];

  std::vector<Reason> reasons;
  AddFacts(features, columns, effects, reasons);
  AddAbsentWords(features, effects, reasons);
  Words of_words;
  AddFrequencies(features, effects, of_words);
  if (!AddMeanings(prompt, features, words, columns, slopes, scale, of_words)) {
    reasons.push_back(
        {"no word that the router knows", Sum(effects, kMeaning, text::WordTable::kDimension)});
  }
  for (const auto& [word, effect] : of_words)
    reasons.push_back({"the word " + Quoted(word), effect});
  reasons.push_back({"a word problem: prose with numbers throughout",
                     Sum(effects, kBaseColumns, kWordProblemColumns)});
  reasons.push_back(
      {"mathematics in LaTeX", Sum(effects, kBaseColumns + kWordProblemColumns, kLatexColumns)});
  std::erase_if(reasons, [](const Reason& reason) { return std::abs(reason.effect) < kSmallest; });
  std::stable_sort(reasons.begin(), reasons.end(), IsLarger);
  return reasons;
}

}  // namespace routellm::routing
