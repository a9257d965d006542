#include "cli/candidates.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/named_value.h"
#include "cli/router_flags.h"
#include "cli/serve_flags.h"
#include "cli/step_progress.h"
#include "config/load.h"
#include "data/safetensors.h"
#include "data/score_file.h"
#include "embedding/vector_file.h"
#include "evaluation/score_prompts.h"
#include "routing/registry.h"

namespace routellm::cli {
namespace {

using evaluation::Candidate;

constexpr std::string_view kRandom = "random";
constexpr std::string_view kLength = "length";
constexpr std::uint64_t kRandomRepetitions = 10;
constexpr std::size_t kMaxPromptBytes = 32 * 1024;  // as `route` and `serve` by default

Result<config::Config> ReadConfig(const std::string& file) {
  if (file.empty()) return config::Config{};
  return config::ReadConfigFile(file, SystemEnvironment());
}

// The router that `argument` names, under the name that the report shows.
struct NamedRouter {
  std::string name;
  config::RouterConfig config;
};

// What kind of router a checkpoint is of. What cannot be read is left to that router to refuse.
std::string TypeOf(const std::string& checkpoint) {
  std::error_code error;
  if (std::filesystem::is_directory(checkpoint, error)) return "bert";
  const auto file = data::Safetensors::Load(checkpoint);
  if (!file) return "mf";
  const auto format = file->metadata().find("format");
  return format != file->metadata().end() && format->second == "routellm-score" ? "score" : "mf";
}

Result<NamedRouter> FindRouter(const std::string& argument, const config::Config& configured) {
  if (argument.find('=') != std::string::npos) {
    return ParseNamedValue("--routers", "NAME=FILE", argument).map([](NamedValue&& checkpoint) {
      NamedRouter router{.name = std::move(checkpoint.name),
                         .config = {.type = TypeOf(checkpoint.value), .options = {}}};
      router.config.options.checkpoint_path = std::move(checkpoint.value);
      return router;
    });
  }
  if (const auto found = configured.routers.find(argument); found != configured.routers.end()) {
    return NamedRouter{argument, found->second};
  }
  return NamedRouter{argument, {.type = argument, .options = {}}};
}

// Vectors in a file stand for the embedder.
Result<std::vector<double>> ScoreNamed(const config::RouterConfig& router,
                                       const config::Config& configured, const EmbedderFlags& flags,
                                       const std::vector<std::string>& prompts) {
  auto made = routing::MakeRouter(router.type, router.options);
  if (!made) return tl::unexpected(made.error());
  if (!router.prompt_embeddings.empty()) {
    const auto vectors = embedding::LoadVectors(router.prompt_embeddings);
    if (!vectors) return tl::unexpected(vectors.error());
    return evaluation::ScorePrompts(**made, prompts, kMaxPromptBytes, &*vectors);
  }
  // The flags' embedder is for those routers among several that need one.
  std::optional<config::EmbedderConfig> embedder;
  if ((*made)->Info().evidence == routing::EvidenceKind::kEmbedding) {
    auto chosen = ChooseEmbedder(router, configured, flags);
    if (!chosen) return tl::unexpected(std::move(chosen.error()));
    embedder = *std::move(chosen);
  }
  const auto scorer = evidence_client::Scorer::Make(*std::move(made), router, embedder);
  if (!scorer) return tl::unexpected(scorer.error());
  StepProgress shown;
  return scorer->ScoreAll(prompts, kMaxPromptBytes, [&](std::size_t done) {
    if (scorer->router().Info().evidence != routing::EvidenceKind::kNone)
      shown("scoring", done, prompts.size());
  });
}

Result<Candidate> ScoreRouter(const std::string& argument, const config::Config& configured,
                              const EmbedderFlags& embedder,
                              const std::vector<std::string>& prompts) {
  if (argument == kLength) return Candidate{argument, {evaluation::LengthScores(prompts)}};
  if (argument == kRandom) {
    Candidate random{argument, {}};
    random.repetitions.reserve(kRandomRepetitions);
    for (std::uint64_t seed = 0; seed < kRandomRepetitions; ++seed) {
      random.repetitions.push_back(evaluation::RandomScores(seed, prompts.size()));
    }
    return random;
  }
  auto named = FindRouter(argument, configured);
  if (!named) return tl::unexpected(named.error());
  const auto scores = ScoreNamed(named->config, configured, embedder, prompts);
  if (!scores) return tl::unexpected(scores.error());
  return Candidate{std::move(named->name), {*scores}};
}

Result<Candidate> ReadCandidate(const std::string& argument, std::size_t count) {
  auto named = ParseNamedValue("--scores", "NAME=FILE", argument);
  if (!named) return tl::unexpected(named.error());
  return data::ReadScores(named->value, count).map([&](std::vector<double>&& scores) {
    return Candidate{std::move(named->name), {std::move(scores)}};
  });
}

}  // namespace

Result<std::vector<Candidate>> MakeCandidates(const CandidateSources& sources,
                                              const std::vector<std::string>& prompts) {
  const auto configured = ReadConfig(sources.config);
  if (!configured) return tl::unexpected(configured.error());
  std::vector<std::string> names = sources.routers;
  for (const std::string_view always : {kRandom, kLength}) {
    if (std::find(names.begin(), names.end(), always) == names.end()) names.emplace_back(always);
  }
  std::vector<Candidate> candidates;
  const auto add = [&](Result<Candidate>&& candidate) -> Result<void> {
    if (!candidate) return tl::unexpected(std::move(candidate.error()));
    const auto same = [&](const Candidate& other) { return other.name == candidate->name; };
    if (std::any_of(candidates.begin(), candidates.end(), same)) {
      return Fail(ErrorCode::kInvalidRequest,
                  fmt::format("two routers are named '{}'", candidate->name));
    }
    candidates.push_back(std::move(*candidate));
    return {};
  };
  for (const std::string& argument : sources.scores) {
    if (auto ok = add(ReadCandidate(argument, prompts.size())); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  for (const std::string& name : names) {
    if (auto ok = add(ScoreRouter(name, *configured, sources.embedder, prompts)); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return candidates;
}

}  // namespace routellm::cli
