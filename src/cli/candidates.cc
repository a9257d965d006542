#include "cli/candidates.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "cli/named_value.h"
#include "cli/serve_flags.h"
#include "config/load.h"
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

using RouterConfigs = std::map<std::string, config::RouterConfig, std::less<>>;

Result<RouterConfigs> ReadRouters(const std::string& file) {
  if (file.empty()) return RouterConfigs{};
  return config::ReadConfigFile(file, SystemEnvironment()).map([](config::Config&& config) {
    return std::move(config.routers);
  });
}

// The router that `argument` names, under the name that the report shows.
struct NamedRouter {
  std::string name;
  config::RouterConfig config;
};

Result<NamedRouter> FindRouter(const std::string& argument, const RouterConfigs& configured) {
  if (argument.find('=') != std::string::npos) {
    return ParseNamedValue("--routers", "NAME=FILE", argument).map([](NamedValue&& checkpoint) {
      NamedRouter router{.name = std::move(checkpoint.name),
                         .config = {.type = "mf", .options = {}}};
      router.config.options.checkpoint_path = std::move(checkpoint.value);
      return router;
    });
  }
  if (const auto found = configured.find(argument); found != configured.end()) {
    return NamedRouter{argument, found->second};
  }
  return NamedRouter{argument, {.type = argument, .options = {}}};
}

Result<Candidate> ScoreRouter(const std::string& argument, const RouterConfigs& configured,
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
  const auto router = routing::MakeRouter(named->config.type, named->config.options);
  if (!router) return tl::unexpected(router.error());
  const std::string& vectors = named->config.prompt_embeddings;
  const auto embeddings = vectors.empty() ? Result<embedding::Matrix>(embedding::Matrix())
                                          : embedding::LoadVectors(vectors);
  if (!embeddings) return tl::unexpected(embeddings.error());
  return evaluation::ScorePrompts(**router, prompts, kMaxPromptBytes,
                                  vectors.empty() ? nullptr : &*embeddings)
      .map([&](std::vector<double>&& scores) {
        return Candidate{std::move(named->name), {std::move(scores)}};
      });
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
  const auto configured = ReadRouters(sources.config);
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
    if (auto ok = add(ScoreRouter(name, *configured, prompts)); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return candidates;
}

}  // namespace routellm::cli
