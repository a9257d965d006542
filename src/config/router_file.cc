#include "config/router_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "config/evidence_section.h"
#include "config/names.h"
#include "config/section.h"

namespace routellm::config {
namespace {

// "owner/name", as in the Python package's own example file.
bool LooksLikeHuggingFaceId(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash != std::string_view::npos && slash > 0 && path.front() != '.' &&
         path.front() != '~' && path.find('/', slash + 1) == std::string_view::npos &&
         slash + 1 < path.size() && path.find(".safetensors") == std::string_view::npos;
}

std::string CheckCheckpoint(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return {};
  constexpr std::string_view kRemedy =
      "give the path of a safetensors file, or leave checkpoint_path out for the built-in "
      "checkpoint";
  if (std::filesystem::is_directory(path, error)) {
    return fmt::format("{} is a folder: {}", Printable(path), kRemedy);
  }
  if (LooksLikeHuggingFaceId(path)) {
    return fmt::format(
        "there is no file {0}. If it names a repository on Hugging Face: nothing is downloaded "
        "here; {1}",
        Printable(path), kRemedy);
  }
  return fmt::format("there is no file {}", Printable(path));
}

// Reports arguments that describe another model than the original's class can load.
void CheckCausalLlmArguments(Section& section, ScoringApi api) {
  const auto number = [&](std::string_view key, std::uint64_t only) {
    if (section.Integer(key, 0, UINT32_MAX).value_or(only) != only)
      section.Report(key, fmt::format("must be {}: the scores are 1 to 5, and 4 is good", only));
  };
  number("score_threshold", 4);
  number("num_outputs", 5);
  if (section.Text("model_type").value_or("causal") != "causal")
    section.Report("model_type", "must be causal");
  const std::vector<std::string> labels = {"[[1]]", "[[2]]", "[[3]]", "[[4]]", "[[5]]"};
  if (section.Texts("special_tokens").value_or(labels) != labels)
    section.Report("special_tokens", "must be [[1]] to [[5]], in quotes, in this order");
  constexpr std::string_view kLlama3 = "meta-llama/Meta-Llama-3-8B";
  if (section.Text("model_id").value_or(std::string(kLlama3)) != kLlama3 &&
      api == ScoringApi::kCompletions) {
    section.Report("model_id", fmt::format("only the template of {} is known here; with api: chat "
                                           "the server puts the prompt into its own",
                                           kLlama3));
  }
  (void)section.Text("flash_attention_2");  // is the server's affair
}

// The model is served elsewhere; by default where vLLM serves it, under the name that it gives it.
ScoringModelConfig ReadCausalLlm(Section& section, const Environment& environment) {
  ScoringModelConfig scoring{.api = ScoringApi::kCompletions, .labels = ScoreLabels::kTokens};
  const auto checkpoint = section.RequiredText("checkpoint_path");
  if (!checkpoint) return scoring;
  std::error_code error;
  if (std::filesystem::is_directory(*checkpoint, error)) {
    scoring.prompt_folder = *checkpoint;
  } else if (!section.Has("prompts")) {
    section.Report("checkpoint_path",
                   fmt::format("there is no folder {}, and nothing is downloaded here. Give the "
                               "folder that has the checkpoint's system_ft_v5.txt and "
                               "classifier_ft_v5.txt, here or as prompts: FOLDER",
                               Printable(*checkpoint)));
  }
  scoring = ReadScoringModel(section, environment, {}, std::move(scoring), "vllm/" + *checkpoint);
  CheckCausalLlmArguments(section, scoring.api);
  return scoring;
}

// Of a classifier; nothing to say of a path that is missing.
std::string CheckFolder(const std::string& path) {
  std::error_code error;
  if (path.empty() || std::filesystem::is_directory(path, error)) return {};
  return fmt::format(
      "there is no folder {}. If it names a repository on Hugging Face: nothing is downloaded "
      "here; "
      "give the folder of a copy",
      Printable(path));
}

RouterConfig ReadRouter(Section section, const std::string& type, const Environment& environment) {
  RouterConfig router{type, {}};
  if (type == "causal_llm") router.scoring_model = ReadCausalLlm(section, environment);
  if (type == "mf") {
    if (const auto checkpoint = section.Text("checkpoint_path")) {
      if (const auto wrong = CheckCheckpoint(*checkpoint); !wrong.empty()) {
        section.Report("checkpoint_path", wrong);
      }
      router.options.checkpoint_path = *checkpoint;
    }
    router.options.strong_model = section.Text("strong_model").value_or("");
    router.options.weak_model = section.Text("weak_model").value_or("");
    for (const char* shape : {"hidden_size", "num_models", "text_dim", "num_classes", "use_proj"}) {
      (void)section.Text(shape);
    }
  }
  if (type == "bert") {
    router.options.checkpoint_path = section.RequiredText("checkpoint_path").value_or("");
    if (const auto wrong = CheckFolder(router.options.checkpoint_path); !wrong.empty())
      section.Report("checkpoint_path", wrong);
    (void)section.Text("num_labels");
  }
  section.RejectUnknownKeys();
  return router;
}

}  // namespace

bool IsRouterFile(const YamlNode& root) {
  return !root.entries.empty() &&
         std::all_of(root.entries.begin(), root.entries.end(),
                     [](const YamlEntry& entry) { return IsPythonRouter(entry.key); });
}

std::vector<std::string> RouterFileNames(const YamlNode& root) {
  std::vector<std::string> names;
  for (const YamlEntry& entry : root.entries) names.push_back(entry.key);
  return names;
}

RouterMap ReadRouterFile(const YamlNode& root, const std::vector<std::string>& enabled,
                         const Environment& environment, Problems& problems) {
  RouterMap routers;
  Section section("", 0, root, problems);
  for (const YamlEntry& entry : section.entries()) {
    if (std::find(enabled.begin(), enabled.end(), entry.key) == enabled.end()) continue;
    if (entry.key == "sw_ranking") {
      section.Report(
          entry,
          "its data sets are on Hugging Face, and nothing is downloaded here: give it "
          "files of battles and embeddings in a configuration of this program's own form");
    } else if (const auto wrong = CheckRouterType(entry.key, environment); !wrong.empty()) {
      section.Report(entry, wrong);
    } else {
      routers.emplace(entry.key, ReadRouter(section.Child(entry), entry.key, environment));
    }
  }
  return routers;
}

}  // namespace routellm::config
