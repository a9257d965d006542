#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/embedder_flags.h"
#include "cli/step_progress.h"
#include "data/prompt_file.h"
#include "embedding/embed_all.h"
#include "embedding/partial_vectors.h"
#include "embedding/vector_file.h"

namespace routellm::cli {
namespace {

struct EmbedFlags {
  EmbedderFlags embedder{.embedder = "hashed"};
  std::string input;
  std::string column = "prompt";
  std::string out;
};

constexpr std::size_t kKept = 512;  // texts, after which what is done is kept

Result<void> EmbedRest(const embedding::Embedder& embedder, std::span<const std::string_view> texts,
                       embedding::PartialVectors& partial) {
  const std::size_t before = partial.vectors().rows;
  if (before > 0) {
    fmt::print(stderr, "going on after {} of {} prompts, which an earlier run has embedded\n",
               before, texts.size());
  }
  StepProgress shown;
  for (std::size_t begin = before; begin < texts.size(); begin += kKept) {
    const auto some = texts.subspan(begin, std::min(kKept, texts.size() - begin));
    const auto rows = embedding::EmbedAll(
        embedder, some, [&](std::size_t done) { shown("embedding", begin + done, texts.size()); });
    if (!rows) return tl::unexpected(rows.error());
    if (auto ok = partial.Append(*rows); !ok) return ok;
  }
  return {};
}

Result<void> Embed(const EmbedFlags& flags) {
  const auto embedder = MakeEmbedder(flags.embedder);
  if (!embedder) return tl::unexpected(embedder.error());
  const auto prompts = data::LoadPrompts(flags.input, flags.column);
  if (!prompts) return tl::unexpected(prompts.error());
  if (prompts->empty()) {
    return Fail(ErrorCode::kInvalidData, "there are no prompts in " + flags.input);
  }
  std::vector<std::string_view> texts;
  texts.reserve(prompts->size());
  for (const data::Prompt& prompt : *prompts) texts.emplace_back(prompt.text);
  const auto& identity = (*embedder)->identity();
  auto partial = embedding::PartialVectors::Open(flags.out + ".partial", texts, identity);
  if (!partial) return tl::unexpected(partial.error());
  if (auto ok = EmbedRest(**embedder, texts, *partial); !ok) return ok;
  const auto& vectors = partial->vectors();
  if (auto ok = embedding::SaveVectors(flags.out, vectors, identity); !ok) return ok;
  partial->Remove();
  fmt::print("{}: {} vectors of {} numbers, {} (revision {})\n", flags.out, vectors.rows,
             vectors.columns, identity.name, identity.revision);
  return {};
}

}  // namespace

void AddEmbed(CLI::App& app) {
  auto* command = app.add_subcommand("embed", "Turn prompts into vectors, into a file");
  const auto flags = std::make_shared<EmbedFlags>();
  AddEmbedderOptions(*command, flags->embedder, "What makes the vectors")->capture_default_str();
  command->add_flag(
      "--first-token", flags->embedder.first_token,
      "Of the encoder the first token's vector as it is, which train bert-head takes, "
      "whatever the folder says of pooling");
  command
      ->add_option("--input", flags->input,
                   "Prompts: lines, JSON Lines, CSV, queries or battles, also compressed")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--column", flags->column,
                   "Column of CSV, or key of JSON Lines, that holds the prompts")
      ->capture_default_str();
  command
      ->add_option(
          "--out", flags->out,
          "Where a row of float32 for each prompt goes, in the order of the file: .npy, or "
          "any other name for safetensors")
      ->required()
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  routellm embed --embedder encoder --model-dir all-MiniLM-L6-v2 --input prompts.jsonl "
      "--out "
      "vectors.npy\n"
      "  routellm embed --embedder remote --input prompts.jsonl --out vectors.safetensors  "
      "(OPENAI_API_KEY)\n"
      "  routellm embed --input questions.csv --column question --out vectors.safetensors");
  command->callback([flags] {
    if (const auto ok = Embed(*flags); !ok) Exit(ok.error());
  });
}

}  // namespace routellm::cli
