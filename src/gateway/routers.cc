#include "gateway/routers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "config/problems.h"
#include "evidence/command_source.h"
#include "evidence/embedders.h"
#include "evidence/embedding_question.h"
#include "evidence/pool_sources.h"
#include "evidence/scoring_question.h"
#include "gateway/request_head.h"
#include "routing/registry.h"

namespace routellm::gateway {
namespace {

class Maker {
 public:
  explicit Maker(const config::Config& config) : config_(config) {}

  Result<void> Add(const std::string& name, const config::RouterConfig& settings) {
    auto made = routing::MakeRouter(settings.type, settings.options);
    if (!made) return tl::unexpected(std::move(made.error()));
    LoadedRouter loaded{.router = *std::move(made)};
    const auto evidence = EvidenceOf(name, loaded.router->Info(), settings);
    if (!evidence) return tl::unexpected(evidence.error());
    loaded.evidence = *evidence;
    if (routing::IsSlow(settings.type)) {
      EvidenceProvider& provider = AddProvider("router:" + name, {});
      provider.source = std::make_unique<evidence::ScoringSource>(*loaded.router, Pool());
      loaded.slow_scoring = &provider;
    }
    routers.by_name.emplace(name, std::move(loaded));
    return {};
  }

  Routers routers;

 private:
  struct Embedder {
    EvidenceProvider* provider;
    embedding::EmbedderIdentity identity;
  };

  WorkerPool& Pool() {
    if (!routers.pool)
      routers.pool =
          std::make_unique<WorkerPool>(std::max(1U, std::thread::hardware_concurrency()));
    return *routers.pool;
  }

  EvidenceProvider& AddProvider(std::string name, const config::EvidenceLimits& limits) {
    auto provider = std::make_unique<EvidenceProvider>();
    provider->name = std::move(name);
    provider->limits = limits;
    provider->index = routers.providers.size();
    routers.providers.push_back(std::move(provider));
    return *routers.providers.back();
  }

  static void Address(const config::Endpoint& endpoint, EvidenceProvider& provider) {
    provider.endpoint = endpoint;
    provider.request_head = RequestHead(endpoint);
  }

  static void Keep(EvidenceProvider& provider) {
    if (provider.limits.cache_bytes > 0)
      provider.cache = std::make_unique<EvidenceCache>(provider.limits.cache_bytes);
  }

  // Null: none is needed.
  Result<EvidenceProvider*> EvidenceOf(const std::string& name, const routing::RouterInfo& info,
                                       const config::RouterConfig& settings) {
    if (info.evidence != routing::EvidenceKind::kEmbedding && !settings.embedder.empty()) {
      return Fail(ErrorCode::kInvalidData,
                  "this router does not score embeddings: it takes no embedder");
    }
    switch (info.evidence) {
      case routing::EvidenceKind::kNone:
        return nullptr;
      case routing::EvidenceKind::kEmbedding:
        return EmbeddingsOf(info, settings);
      case routing::EvidenceKind::kScores:
        return ScoresOf(name, settings);
      case routing::EvidenceKind::kWinRate:
        return WinRatesOf(name, settings);
      case routing::EvidenceKind::kLogits:
        return LogitsOf(name, settings);
    }
    return nullptr;
  }

  Result<EvidenceProvider*> ScoresOf(const std::string& name,
                                     const config::RouterConfig& settings) {
    if (!settings.scoring_model) {
      return Fail(
          ErrorCode::kInvalidData,
          "this router asks a language model: say which, and where it is (model, base_url)");
    }
    auto question = evidence::ScoringQuestion::Make(*settings.scoring_model);
    if (!question) return tl::unexpected(std::move(question.error()));
    EvidenceProvider& provider = AddProvider("router:" + name, settings.scoring_model->limits);
    provider.question = *std::move(question);
    Address(settings.scoring_model->endpoint, provider);
    Keep(provider);
    return &provider;
  }

  Result<EvidenceProvider*> WinRatesOf(const std::string& name,
                                       const config::RouterConfig& settings) {
    if (!settings.command) {
      return Fail(ErrorCode::kInvalidData,
                  "this router asks another program: say which (command: [PROGRAM, ARGUMENT...])");
    }
    EvidenceProvider& provider = AddProvider("router:" + name, settings.command->limits);
    provider.source = std::make_unique<evidence::CommandSource>(
        *settings.command,
        [name](const std::string& line) { spdlog::warn("router {}: {}", name, line); });
    return &provider;
  }

  Result<EvidenceProvider*> EmbeddingsOf(const routing::RouterInfo& info,
                                         const config::RouterConfig& settings) {
    if (settings.embedder.empty()) {
      return Fail(ErrorCode::kInvalidData,
                  "this router scores embeddings of the prompts: say by which of the embedders "
                  "(embedder: NAME)");
    }
    const auto embedder = FindEmbedder(settings.embedder);
    if (!embedder) return tl::unexpected(embedder.error());
    if (auto fits = evidence::CheckEmbedder(info, embedder->identity); !fits)
      return tl::unexpected(std::move(fits.error()));
    return embedder->provider;
  }

  Result<EvidenceProvider*> LogitsOf(const std::string& name,
                                     const config::RouterConfig& settings) {
    auto classifier = evidence::MakeClassifier(settings.options);
    if (!classifier) return tl::unexpected(std::move(classifier.error()));
    EvidenceProvider& provider = AddProvider("router:" + name, {});
    provider.source = std::make_unique<evidence::EmbeddingSource>(*std::move(classifier), Pool());
    Keep(provider);
    return &provider;
  }

  // Made once, for all routers that name it.
  Result<Embedder> FindEmbedder(const std::string& name) {
    const auto known = embedders_.find(name);
    if (known != embedders_.end()) return known->second;
    const config::EmbedderConfig& config = config_.embedders.at(name);
    Embedder made{nullptr, {}};
    if (config.kind == config::EmbedderKind::kRemote) {
      made.identity = evidence::RemoteIdentity(config);
      made.provider = &AddProvider("embedder:" + name, config.limits);
      made.provider->question =
          std::make_unique<evidence::EmbeddingQuestion>(config, made.identity.dimension);
      Address(config.endpoint, *made.provider);
    } else {
      auto local = evidence::MakeLocalEmbedder(config);
      if (!local) return tl::unexpected(std::move(local.error()));
      made.identity = (*local)->identity();
      made.provider = &AddProvider("embedder:" + name, config.limits);
      made.provider->source =
          std::make_unique<evidence::EmbeddingSource>(*std::move(local), Pool());
    }
    Keep(*made.provider);
    embedders_.emplace(name, made);
    return made;
  }

  const config::Config& config_;
  std::map<std::string, Embedder> embedders_;
};

}  // namespace

Result<Routers> MakeRouters(config::Config& config, std::string_view subject) {
  config::Problems problems;
  std::optional<ErrorCode> code;
  const auto report = [&](const std::string& path, const Error& error) {
    problems.Add(path, 0, error.ToString());
    if (!code) code = error.code;
  };
  Maker maker(config);
  for (const auto& [name, settings] : config.routers) {
    if (const auto added = maker.Add(name, settings); !added)
      report("routers." + name, added.error());
  }
  const auto& routers = maker.routers.by_name;
  for (auto& [name, route] : config.routes) {
    const auto router = routers.find(route.router);
    if (!route.strong_share || router == routers.end()) continue;
    const auto threshold =
        routing::ThresholdFor(router->second.router->Info(), *route.strong_share);
    if (!threshold) report("routes." + name + ".strong_model_pct", threshold.error());
    route.threshold = threshold.value_or(route.threshold);
  }
  if (code) return problems.ToError(*code, subject);
  return std::move(maker.routers);
}

}  // namespace routellm::gateway
