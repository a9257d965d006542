#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/embedder_flags.h"
#include "cli/pair_training.h"
#include "cli/step_progress.h"
#include "cli/train_routers.h"
#include "embedding/embed_all.h"
#include "embedding/vector_file.h"
#include "text/utf8.h"
#include "training/knn_trainer.h"

namespace routellm::cli {
namespace {

using embedding::EmbedderIdentity;
using embedding::Matrix;
using training::KnnIndex;

// What the checkpoint remembers of each query besides its vector, for explanations.
enum class Labels { kNone, kIds, kTexts };

struct TrainKnnFlags {
  PairTrainingFlags pair;
  EmbedderFlags embedder{.embedder = "hashed"};
  std::string embeddings;
  Labels labels = Labels::kNone;
  training::KnnTrainingOptions options;
};

struct ExampleVectors {
  Matrix rows;
  EmbedderIdentity identity;
};

// The rows of the examples' queries, of a file with one for each query of the data.
Result<ExampleVectors> ReadVectors(const std::string& file, const PairData& data) {
  auto identity = embedding::ReadIdentity(file);
  if (!identity) return tl::unexpected(identity.error());
  const auto all = embedding::LoadVectors(file);
  if (!all) return tl::unexpected(all.error());
  if (all->rows != data.dataset.queries.size()) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{}: has {} embeddings for {} queries: one for each is needed, in the "
                            "order in which they are read",
                            file, all->rows, data.dataset.queries.size()));
  }
  ExampleVectors vectors{{data.examples.size(), all->columns, {}}, *std::move(identity)};
  vectors.rows.values.reserve(data.examples.size() * all->columns);
  for (const training::PairExample& example : data.examples) {
    const auto row = all->Row(example.query);
    vectors.rows.values.insert(vectors.rows.values.end(), row.begin(), row.end());
  }
  return vectors;
}

Result<ExampleVectors> ComputeVectors(const EmbedderFlags& flags, const PairData& data) {
  const auto embedder = MakeEmbedder(flags);
  if (!embedder) return tl::unexpected(embedder.error());
  StepProgress shown;
  auto rows = embedding::EmbedAll(**embedder, PromptsOf(data), [&](std::size_t done) {
    shown("embedding", done, data.examples.size());
  });
  if (!rows) return tl::unexpected(rows.error());
  return ExampleVectors{*std::move(rows), (*embedder)->identity()};
}

// The beginning of a text, in one line.
std::string Shorten(std::string_view text) {
  constexpr std::size_t kLabelBytes = 80;
  const std::string_view beginning = text::TruncateUtf8(text, kLabelBytes);
  std::string label;
  for (const char c : beginning) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) label += c;
    if (space && !label.empty() && label.back() != ' ') label += ' ';
  }
  return '"' + label + (beginning.size() < text.size() ? "...\"" : "\"");
}

std::vector<std::string> MakeLabels(const PairData& data, Labels kind) {
  std::vector<std::string> labels;
  if (kind == Labels::kNone) return labels;
  for (const training::PairExample& example : data.examples) {
    const data::DataQuery& query = data.dataset.queries[example.query];
    labels.push_back(Shorten(kind == Labels::kIds ? query.id : query.prompt));
  }
  return labels;
}

void PrintReport(const training::KnnTraining& training, const std::string& out) {
  const auto& checkpoint = training.checkpoint;
  PrintPairFigures("", {});
  PrintPairFigures("chosen on", training.chosen_on);
  PrintPairFigures("held out", training.held_out);
  fmt::print("\n{} neighbours, temperature {}, of {} queries; embeddings: {} ({} numbers)\n",
             checkpoint.neighbours, checkpoint.temperature, checkpoint.queries(),
             checkpoint.embedder.name.empty() ? "unknown" : checkpoint.embedder.name,
             checkpoint.embedder.dimension);
  if (training.dropped > 0)
    fmt::print("{} queries without a direction were left out\n", training.dropped);
  if (checkpoint.graph) {
    fmt::print("graph: {} candidates are kept in a search, which finds {:.1f} % of neighbours\n",
               checkpoint.breadth, 100.0 * training.recall);
  }
  fmt::print("wrote {} ({} bytes)\n", out, std::filesystem::file_size(out));
}

Result<void> Train(const TrainKnnFlags& flags) {
  const auto data = LoadPairData(flags.pair);
  if (!data) return tl::unexpected(data.error());
  const auto vectors = flags.embeddings.empty() ? ComputeVectors(flags.embedder, *data)
                                                : ReadVectors(flags.embeddings, *data);
  if (!vectors) return tl::unexpected(vectors.error());
  auto options = flags.options;
  options.strong_model = flags.pair.strong_model;
  options.weak_model = flags.pair.weak_model;
  options.labels = MakeLabels(*data, flags.labels);
  auto training =
      training::TrainKnn(data->examples, vectors->rows, vectors->identity, options,
                         [](const std::string& step) { fmt::print(stderr, "{}\n", step); });
  if (!training) return tl::unexpected(training.error());
  std::string sources;
  for (const std::string& source : data->dataset.sources)
    sources.append(sources.empty() ? "" : ", ").append(source);
  training->checkpoint.notes = {
      {"sources", sources},
      {"held_out", fmt::format("{} queries, squared error {:.4f}, AUC {:.4f}, APGR {:.4f}",
                               training->held_out.queries, training->held_out.squared_error,
                               training->held_out.auc, training->held_out.apgr)}};
  if (auto saved = SaveKnnCheckpoint(training->checkpoint, flags.pair.out); !saved) return saved;
  PrintReport(*training, flags.pair.out);
  return {};
}

}  // namespace

void AddTrainKnn(CLI::App& train) {
  CLI::App* knn = train.add_subcommand(
      "knn", "Nearest neighbours: what both models did on the most similar queries");
  auto flags = std::make_shared<TrainKnnFlags>();
  AddPairTrainingFlags(*knn, flags->pair,
                       "The checkpoint; replaced only when training has finished");
  auto* embedder = AddEmbedderOptions(*knn, flags->embedder, "What makes vectors of the prompts")
                       ->capture_default_str();
  knn->add_option("--embeddings", flags->embeddings,
                  "Vectors instead: .npy or safetensors with a row for each query of the data, in "
                  "the order in which they are read")
      ->type_name("FILE")
      ->excludes(embedder);
  AddChoice(*knn, "--index", flags->options.index,
            "How neighbours are found: graph (a few are missed), exact (all queries are "
            "compared), or auto: a graph for more than 5,000 queries",
            {{"auto", KnnIndex::kAuto}, {"exact", KnnIndex::kExact}, {"graph", KnnIndex::kGraph}});
  AddChoice(*knn, "--remember", flags->labels,
            "What explanations show of a similar query: nothing but its number, its id, or "
            "the beginning of its text. The checkpoint then holds those",
            {{"nothing", Labels::kNone}, {"ids", Labels::kIds}, {"texts", Labels::kTexts}});
  knn->add_option("--seed", flags->options.seed, "Of the queries that are held out")
      ->capture_default_str();
  knn->footer(
      "Examples:\n"
      "  routellm train knn --outcomes data/outcomes --strong-model gpt-4-1106-preview \\\n"
      "    --weak-model mixtral-8x7b-instruct-v0.1 --out knn.safetensors\n"
      "  routellm train knn --outcomes data/outcomes --strong-model gpt-4-1106-preview \\\n"
      "    --weak-model mixtral-8x7b-instruct-v0.1 --embedder encoder --model-dir all-MiniLM-L6-v2 "
      "\\\n"
      "    --out knn.safetensors");
  knn->callback([flags] {
    if (const auto ok = Train(*flags); !ok) Exit(ok.error());
  });
}

}  // namespace routellm::cli
