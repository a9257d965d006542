#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/embedder_flags.h"
#include "cli/step_progress.h"
#include "cli/train_routers.h"
#include "data/dataset.h"
#include "data/safetensors.h"
#include "data/text_file.h"
#include "routing/word_table_file.h"
#include "training/word_table_builder.h"

namespace routellm::cli {
namespace {

struct WordsFlags {
  data::DataPaths data;
  EmbedderFlags embedder{.embedder = "encoder"};
  std::string out;
};

// The words that the encoder itself has, if its folder says them one by one.
Result<std::vector<std::string>> Vocabulary(const std::string& model_folder) {
  const std::filesystem::path file = std::filesystem::path(model_folder) / "vocab.txt";
  std::vector<std::string> words;
  if (!std::filesystem::exists(file)) return words;
  const auto text = data::ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    words.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return words;
}

Result<void> TrainWords(const WordsFlags& flags) {
  CheckOutput(flags.out);
  const auto embedder = MakeEmbedder(flags.embedder);
  if (!embedder) return tl::unexpected(embedder.error());
  const auto vocabulary = Vocabulary(flags.embedder.model_folder);
  if (!vocabulary) return tl::unexpected(vocabulary.error());
  const auto dataset = data::LoadDataset(flags.data);
  if (!dataset) return tl::unexpected(dataset.error());
  StepProgress shown;
  const auto table = training::BuildWordTable(
      *dataset, *vocabulary, **embedder,
      [&](std::size_t done, std::size_t count) { shown("embedding words", done, count); });
  if (!table) return tl::unexpected(table.error());
  const routing::WordTableTensors tensors(*table);
  const auto& identity = (*embedder)->identity();
  if (auto saved =
          data::SaveSafetensors(flags.out, tensors.Views(),
                                {{"format", "routellm-words"},
                                 {"embedder", identity.name + " (" + identity.revision + ")"}});
      !saved) {
    return saved;
  }
  fmt::print("wrote {}: {} words\n", flags.out, table->words.size());
  return {};
}

}  // namespace

void AddTrainWords(CLI::App& train) {
  auto flags = std::make_shared<WordsFlags>();
  CLI::App* words = train.add_subcommand(
      "words", "The word table of the built-in kind of router, distilled from a sentence encoder");
  words
      ->add_option("--outcomes", flags->data.outcomes,
                   "Folders or files with outcomes, whose prompts' words are taken")
      ->type_name("PATH");
  words->add_option("--battles", flags->data.battles, "The same for battles")->type_name("PATH");
  AddEmbedderOptions(*words, flags->embedder, "What makes the words' vectors")
      ->capture_default_str();
  words
      ->add_option("--out", flags->out,
                   "The word table, for `routellm train mf --init none --words`")
      ->type_name("FILE")
      ->required();
  words->footer(
      "Example:\n"
      "  routellm train words --outcomes data/outcomes --battles data/preferences --model-dir "
      "all-MiniLM-L6-v2 --out words.safetensors");
  words->callback([flags] {
    if (auto done = TrainWords(*flags); !done) Exit(done.error());
  });
}

}  // namespace routellm::cli
