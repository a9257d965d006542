#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/model_placement.h"
#include "cli/model_validation.h"
#include "cli/train_routers.h"
#include "data/dataset.h"
#include "data/prompt_file.h"
#include "data/replace_file.h"
#include "openai/json_text.h"
#include "routing/mf_checkpoint.h"
#include "training/placement.h"

namespace routellm::cli {
namespace {

// By ability, the highest first.
std::vector<std::size_t> Ranking(const routing::MfCheckpoint& checkpoint) {
  std::vector<std::size_t> order(checkpoint.models.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return checkpoint.abilities[a] > checkpoint.abilities[b];
  });
  return order;
}

Result<void> List(const std::string& path) {
  const auto checkpoint = LoadModels(path);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  fmt::print("{:>5} {:>8}  model\n", "rank", "ability");
  std::size_t rank = 0;
  for (const std::size_t m : Ranking(*checkpoint)) {
    const std::string& name = checkpoint->models[m];
    fmt::print("{:>5} {:>+8.2f}  {}{}\n", ++rank, checkpoint->abilities[m], name,
               name == checkpoint->strong_model ? "  (strong model of the default pair)"
               : name == checkpoint->weak_model ? "  (weak model of the default pair)"
                                                : "");
  }
  return {};
}

struct ProbeFlags {
  std::vector<std::filesystem::path> from;
  std::string checkpoint;
  std::size_t count = 50;
  std::string out;
};

// Queries with outcomes, or, of what holds none, prompts alone.
Result<data::Dataset> LoadCandidates(const std::vector<std::filesystem::path>& paths) {
  const bool outcomes = std::any_of(paths.begin(), paths.end(), [](const auto& path) {
    return std::filesystem::is_directory(path) ||
           path.string().find(".outcomes.csv") != std::string::npos;
  });
  if (outcomes) {
    auto dataset = data::LoadDataset({.outcomes = paths, .battles = {}});
    if (!dataset) return tl::unexpected(dataset.error());
    return *std::move(dataset);
  }
  data::Dataset dataset;
  dataset.sources = {"prompts"};
  dataset.tasks = {"prompts"};
  for (const std::filesystem::path& path : paths) {
    auto prompts = data::LoadPrompts(path);
    if (!prompts) return tl::unexpected(prompts.error());
    for (data::Prompt& prompt : *prompts) {
      if (prompt.text.empty()) continue;
      const auto number = static_cast<std::uint32_t>(dataset.queries.size());
      dataset.queries.push_back(
          {.id = prompt.id, .prompt = std::move(prompt.text), .group = number});
    }
  }
  dataset.group_count = dataset.queries.size();
  if (!dataset.queries.empty()) return dataset;
  return Fail(ErrorCode::kInvalidData, "there are no prompts to choose from");
}

Result<void> Probe(const ProbeFlags& flags) {
  CheckOutput(flags.out);
  const auto checkpoint = LoadModels(flags.checkpoint);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  const auto dataset = LoadCandidates(flags.from);
  if (!dataset) return tl::unexpected(dataset.error());
  if (dataset->queries.size() < flags.count) {
    return Fail(ErrorCode::kInvalidData, fmt::format("there are {} queries to choose {} from",
                                                     dataset->queries.size(), flags.count));
  }
  const auto items = training::MakeProbeItems(*dataset, *checkpoint, std::nullopt);
  if (!items) return tl::unexpected(items.error());
  const auto kinds = training::PromptKinds(*dataset, *checkpoint);
  if (!kinds) return tl::unexpected(kinds.error());
  std::vector<std::uint32_t> groups;
  for (const data::DataQuery& query : dataset->queries) groups.push_back(query.group);
  const auto chosen = training::ChooseProbe(*items, groups, *kinds, checkpoint->functions,
                                            checkpoint->abilities, flags.count);
  std::string lines;
  std::size_t known = 0;
  for (const std::size_t at : chosen) {
    const data::DataQuery& query = dataset->queries[at];
    lines += fmt::format("{{\"id\":{},\"prompt\":{},\"task\":{}}}\n",
                         openai::ToJsonString(query.id), openai::ToJsonString(query.prompt),
                         openai::ToJsonString(dataset->tasks[query.task]));
    known += (*items)[at].known.size();
  }
  if (auto written = data::ReplaceFile(flags.out, lines); !written) return written;
  fmt::print("wrote {}: {} of {} queries; {:.0f} known models have answered one, in the mean\n",
             flags.out, chosen.size(), dataset->queries.size(),
             static_cast<double>(known) / static_cast<double>(chosen.size()));
  return {};
}

void AddList(CLI::App& models) {
  const auto path = std::make_shared<std::string>();
  CLI::App* list = models.add_subcommand("list", "The models that a router knows, by ability");
  list->add_option("--checkpoint", *path, "Checkpoint of the mf router; default: the built-in one")
      ->type_name("FILE");
  list->footer("Example:\n  routellm models list");
  list->callback([path] {
    if (auto done = List(*path); !done) Exit(done.error());
  });
}

void AddProbe(CLI::App& models) {
  const auto flags = std::make_shared<ProbeFlags>();
  CLI::App* probe =
      models.add_subcommand("probe", "Choose the queries that tell most about a new model");
  probe
      ->add_option("--from", flags->from,
                   "Folders or files with outcomes, whose queries are chosen from and whose known "
                   "models tell how hard they are; or files of prompts")
      ->type_name("PATH")
      ->required();
  probe->add_option("--count", flags->count, "How many queries")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  probe
      ->add_option("--checkpoint", flags->checkpoint,
                   "Checkpoint of the mf router; default: the built-in one")
      ->type_name("FILE");
  probe->add_option("--out", flags->out, "The queries, as JSON Lines with id, prompt and task")
      ->type_name("FILE")
      ->required();
  probe->footer("Example:\n  routellm models probe --from data/outcomes --out probe.queries.jsonl");
  probe->callback([flags] {
    if (auto done = Probe(*flags); !done) Exit(done.error());
  });
}

void AddFit(CLI::App& models) {
  const auto flags = std::make_shared<PlacementFlags>();
  CLI::App* fit = models.add_subcommand(
      "fit", "Add a new model to a router, by its outcomes on some queries or by its rank");
  fit->add_option("--model", flags->model, "The new model's name")->type_name("NAME")->required();
  fit->add_option("--outcomes", flags->outcomes,
                  "Folders or files with its outcomes and the queries they are of "
                  "(docs/formats/outcomes.md); outcomes of known models on the same queries make "
                  "the result more certain")
      ->type_name("PATH");
  fit->add_option("--stronger-than", flags->stronger_than, "Known models that it is abler than")
      ->type_name("NAME");
  fit->add_option("--weaker-than", flags->weaker_than, "Known models that are abler")
      ->type_name("NAME");
  fit->add_option("--checkpoint", flags->checkpoint,
                  "Checkpoint of the mf router; default: the built-in one")
      ->type_name("FILE");
  fit->add_option("--strong-model", flags->strong_model,
                  "Strong model of the new checkpoint's default pair (default: as it was)")
      ->type_name("NAME");
  fit->add_option("--weak-model", flags->weak_model,
                  "Weak model of the new checkpoint's default pair (default: as it was)")
      ->type_name("NAME");
  fit->add_option("--out", flags->out, "The checkpoint with the new model")
      ->type_name("FILE")
      ->required();
  fit->footer(
      "Examples:\n"
      "  routellm models fit --model my-model --outcomes data/outcomes my.outcomes.csv \\\n"
      "    --weak-model my-model --out my.safetensors\n"
      "  routellm models fit --model my-model --stronger-than llama-3-8b-instruct \\\n"
      "    --weaker-than gpt-4-1106-preview --out my.safetensors");
  fit->callback([flags] {
    if (auto done = FitModel(*flags); !done) Exit(done.error());
  });
}

void AddValidate(CLI::App& models) {
  const auto flags = std::make_shared<ValidationFlags>();
  CLI::App* validate = models.add_subcommand(
      "validate", "How well new models are placed: places each known one as if it were new");
  validate->add_option("--outcomes", flags->outcomes, "Folders or files with outcomes")
      ->type_name("PATH")
      ->required();
  validate->add_option("--count", flags->count, "Queries of a probe")
      ->check(CLI::Range(10, 1000))
      ->capture_default_str();
  validate
      ->add_option("--checkpoint", flags->checkpoint,
                   "Checkpoint of the mf router; default: the built-in one")
      ->type_name("FILE");
  validate->footer("Example:\n  routellm models validate --outcomes data/outcomes");
  validate->callback([flags] {
    if (auto done = ValidatePlacement(*flags); !done) Exit(done.error());
  });
}

}  // namespace

void AddModels(CLI::App& app) {
  CLI::App* models =
      app.add_subcommand("models", "The models that a router knows, and new ones among them");
  models->require_subcommand(1);
  models->footer("Example:\n  routellm models list");
  AddList(*models);
  AddProbe(*models);
  AddFit(*models);
  AddValidate(*models);
}

}  // namespace routellm::cli
