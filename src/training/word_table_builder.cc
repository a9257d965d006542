#include "training/word_table_builder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include <Eigen/Eigenvalues>

#include "embedding/embed_all.h"
#include "text/utf8.h"
#include "text/words.h"
#include "training/linear_algebra.h"

namespace routellm::training {
namespace {

constexpr std::size_t kDimension = text::WordTable::kDimension;
constexpr double kMinCount = 3.0;
constexpr double kFrequencyScale = 1e-3;
constexpr std::size_t kMaxLetters = 20;
constexpr float kLargestCode = 127.0F;

bool IsPlainWord(std::string_view word) {
  std::size_t letters = 0;
  for (std::string_view rest = word; !rest.empty(); ++letters) {
    const text::DecodedChar c = text::DecodeUtf8(rest);
    const bool plain = (c.code_point >= U'a' && c.code_point <= U'z') ||
                       (c.code_point >= U'à' && c.code_point <= U'ÿ' && c.code_point != U'÷');
    if (!plain) return false;
    rest.remove_prefix(c.bytes);
  }
  return letters > 0 && letters <= kMaxLetters;
}

struct Usage {
  double count = 0.0;
  double share = 0.0;  // of all words, sources weighted
};

std::map<std::string, Usage> CountWords(const data::Dataset& dataset) {
  std::vector<double> queries(dataset.sources.size());
  std::vector<double> words_of_source(dataset.sources.size());
  std::vector<std::map<std::string, double>> counts(dataset.sources.size());
  std::vector<text::Word> words;
  for (const data::DataQuery& query : dataset.queries) {
    text::SplitWords(query.prompt, words);
    queries[query.source] += 1.0;
    words_of_source[query.source] += static_cast<double>(words.size());
    for (const text::Word& word : words)
      counts[query.source][text::LowerWord(query.prompt, word)] += 1.0;
  }
  double total = 0.0;
  for (const double count : queries) total += std::sqrt(count);
  std::map<std::string, Usage> usage;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    for (const auto& [word, count] : counts[s]) {
      Usage& of_word = usage[word];
      of_word.count += count;
      of_word.share += std::sqrt(queries[s]) / total * count / words_of_source[s];
    }
  }
  return usage;
}

// The rows of `vectors`, scaled to length 1, centred and projected: [kDimension, rows]
Matrix Project(const embedding::Matrix& vectors) {
  const auto rows = static_cast<Eigen::Index>(vectors.rows);
  const auto columns = static_cast<Eigen::Index>(vectors.columns);
  Matrix x = Eigen::Map<const Eigen::MatrixXf>(vectors.values.data(), columns, rows).cast<double>();
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double norm = x.col(i).norm();
    if (norm > 0.0) x.col(i) /= norm;
  }
  x.colwise() -= x.rowwise().mean().eval();
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(x * x.transpose());
  Matrix components = solver.eigenvectors().rightCols(kDimension).rowwise().reverse();
  // An eigenvector's sign is arbitrary: its largest entry is made positive.
  for (Eigen::Index c = 0; c < components.cols(); ++c) {
    Eigen::Index largest = 0;
    components.col(c).cwiseAbs().maxCoeff(&largest);
    if (components(largest, c) < 0.0) components.col(c) *= -1.0;
  }
  return components.transpose() * x;
}

}  // namespace

Result<text::WordTable> BuildWordTable(
    const data::Dataset& dataset, std::span<const std::string> more_words,
    const embedding::Embedder& embedder,
    const std::function<void(std::size_t done, std::size_t count)>& progress) {
  const std::map<std::string, Usage> usage = CountWords(dataset);
  std::set<std::string> chosen;
  for (const auto& [word, used] : usage) {
    if (used.count >= kMinCount && IsPlainWord(word)) chosen.insert(word);
  }
  for (const std::string& word : more_words) {
    if (IsPlainWord(word)) chosen.insert(word);
  }
  if (chosen.size() <= kDimension || embedder.identity().dimension < kDimension) {
    return Fail(ErrorCode::kInvalidData,
                "a word table needs more words and an embedder of more dimensions than " +
                    std::to_string(kDimension));
  }
  text::WordTable table;
  table.words.assign(chosen.begin(), chosen.end());
  const std::vector<std::string_view> texts(table.words.begin(), table.words.end());
  const auto vectors =
      embedding::EmbedAll(embedder, texts, [&](std::size_t done) { progress(done, texts.size()); });
  if (!vectors) return tl::unexpected(vectors.error());

  const Matrix projected = Project(*vectors);
  table.codes.reserve(table.words.size() * kDimension);
  for (std::size_t i = 0; i < table.words.size(); ++i) {
    const auto column = projected.col(static_cast<Eigen::Index>(i));
    const auto largest = static_cast<float>(column.cwiseAbs().maxCoeff());
    const float scale = largest > 0.0F ? largest / kLargestCode : 1.0F;
    for (const double value : column)
      table.codes.push_back(static_cast<std::int8_t>(std::lround(value / scale)));
    table.scales.push_back(scale);
    const auto used = usage.find(table.words[i]);
    const double share = used == usage.end() ? 0.0 : used->second.share;
    table.weights.push_back(static_cast<float>(kFrequencyScale / (kFrequencyScale + share)));
  }
  return table;
}

}  // namespace routellm::training
