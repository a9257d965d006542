#include "cli/training_vectors.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/step_progress.h"
#include "embedding/embed_all.h"
#include "embedding/vector_file.h"
#include "text/utf8.h"

namespace routellm::cli {
namespace {

constexpr std::size_t kMaxPromptBytes = 32 * 1024;  // as `route` and `serve` by default

Result<TrainingVectors> Read(const std::string& file, const data::Dataset& dataset) {
  auto identity = embedding::ReadIdentity(file);
  if (!identity) return tl::unexpected(identity.error());
  auto rows = embedding::LoadVectors(file);
  if (!rows) return tl::unexpected(rows.error());
  identity->dimension = rows->columns;
  if (rows->rows == dataset.queries.size())
    return TrainingVectors{*std::move(rows), *std::move(identity)};
  return Fail(ErrorCode::kInvalidData,
              fmt::format("{}: has {} embeddings for {} queries: one for each is needed, in the "
                          "order in which they are read",
                          file, rows->rows, dataset.queries.size()));
}

std::vector<std::uint32_t> LabelledQueries(const data::Dataset& dataset) {
  std::vector<bool> labelled(dataset.queries.size(), false);
  for (const data::Outcome& outcome : dataset.outcomes) labelled[outcome.query] = true;
  for (const data::Battle& battle : dataset.battles) labelled[battle.query] = true;
  std::vector<std::uint32_t> queries;
  for (std::uint32_t i = 0; i < labelled.size(); ++i) {
    if (labelled[i]) queries.push_back(i);
  }
  return queries;
}

Result<TrainingVectors> Compute(const EmbedderFlags& flags, const data::Dataset& dataset) {
  const auto embedder = MakeEmbedder(flags);
  if (!embedder) return tl::unexpected(embedder.error());
  const std::vector<std::uint32_t> queries = LabelledQueries(dataset);
  std::vector<std::string_view> texts;
  texts.reserve(queries.size());
  for (const std::uint32_t query : queries)
    texts.push_back(text::TruncateUtf8(dataset.queries[query].prompt, kMaxPromptBytes));
  StepProgress shown;
  const auto computed = embedding::EmbedAll(
      **embedder, texts, [&](std::size_t done) { shown("embedding", done, texts.size()); });
  if (!computed) return tl::unexpected(computed.error());
  TrainingVectors vectors{{dataset.queries.size(), computed->columns, {}}, (*embedder)->identity()};
  vectors.rows.values.resize(vectors.rows.rows * vectors.rows.columns);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto row = computed->Row(i);
    std::copy(row.begin(), row.end(), vectors.rows.Row(queries[i]).begin());
  }
  return vectors;
}

}  // namespace

void AddVectorFlags(CLI::App& command, VectorFlags& flags) {
  auto* embedder = AddEmbedderOptions(command, flags.embedder, "What makes vectors of the prompts",
                                      /*none=*/!UsesVectors(flags))
                       ->capture_default_str();
  command
      .add_option("--embeddings", flags.file,
                  "Vectors instead: .npy or safetensors with a row for each query of the data, in "
                  "the order in which they are read")
      ->type_name("FILE")
      ->excludes(embedder);
}

Result<TrainingVectors> VectorsOfQueries(const VectorFlags& flags, const data::Dataset& dataset) {
  return flags.file.empty() ? Compute(flags.embedder, dataset) : Read(flags.file, dataset);
}

}  // namespace routellm::cli
