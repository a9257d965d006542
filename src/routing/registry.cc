#include "routing/registry.h"

#include <algorithm>
#include <iterator>

#include "data/safetensors.h"
#include "routing/builtin_checkpoint.h"
#include "routing/causal_llm_router.h"
#include "routing/external_router.h"
#include "routing/knn_router.h"
#include "routing/mf_checkpoint.h"
#include "routing/mf_embedding_checkpoint.h"
#include "routing/mf_embedding_router.h"
#include "routing/mf_router.h"
#include "routing/random_router.h"
#include "routing/sw_ranking_router.h"

namespace routellm::routing {
namespace {

using MadeRouter = Result<std::unique_ptr<const Router>>;

MadeRouter MakeHashedMf(const Result<MfCheckpoint>& checkpoint, const RouterOptions& options) {
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  return MfRouter::Create(*checkpoint, options.strong_model, options.weak_model);
}

MadeRouter MakeMf(const RouterOptions& options) {
  if (options.checkpoint_path.empty()) {
    return MakeHashedMf(ParseMfCheckpoint(BuiltinMfCheckpoint(), "the built-in checkpoint"),
                        options);
  }
  const auto file = data::Safetensors::Load(options.checkpoint_path);
  if (!file) return tl::unexpected(file.error());
  if (!IsMfEmbeddingCheckpoint(*file)) return MakeHashedMf(ReadMfCheckpoint(*file), options);
  const auto checkpoint = ReadMfEmbeddingCheckpoint(*file);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  return MfEmbeddingRouter::Create(*checkpoint, options.strong_model, options.weak_model);
}

MadeRouter MakeKnn(const RouterOptions& options) {
  if (options.checkpoint_path.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "the router knn needs a checkpoint, as `routellm train knn` writes it");
  }
  auto checkpoint = LoadKnnCheckpoint(options.checkpoint_path);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  return KnnRouter::Create(*std::move(checkpoint));
}

MadeRouter MakeRandom(const RouterOptions& options) {
  return std::make_unique<const RandomRouter>(options.seed);
}

MadeRouter MakeCausalLlm(const RouterOptions& /*options*/) {
  return std::make_unique<const CausalLlmRouter>();
}

MadeRouter MakeExternal(const RouterOptions& /*options*/) {
  return std::make_unique<const ExternalRouter>();
}

MadeRouter MakeSwRanking(const RouterOptions& options) {
  if (options.battles_path.empty() || options.embeddings_path.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "the router sw_ranking needs a file of battles and one of their embeddings");
  }
  return SwRankingRouter::Load({.battles_path = options.battles_path,
                                .embeddings_path = options.embeddings_path,
                                .precision = options.precision,
                                .strong_model = options.strong_model,
                                .weak_model = options.weak_model});
}

struct Entry {
  std::string_view name;
  MadeRouter (*make)(const RouterOptions&);
  bool slow = false;
};

constexpr Entry kRouters[] = {{"causal_llm", MakeCausalLlm}, {"exec", MakeExternal},
                              {"knn", MakeKnn, true},        {"mf", MakeMf},
                              {"random", MakeRandom},        {"sw_ranking", MakeSwRanking, true}};

}  // namespace

std::vector<std::string_view> RouterNames() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kRouters) names.push_back(entry.name);
  return names;
}

bool IsSlow(std::string_view name) {
  return std::any_of(std::begin(kRouters), std::end(kRouters),
                     [name](const Entry& entry) { return entry.name == name && entry.slow; });
}

Result<std::unique_ptr<const Router>> MakeRouter(std::string_view name,
                                                 const RouterOptions& options) {
  std::string known;
  for (const Entry& entry : kRouters) {
    if (entry.name == name) return entry.make(options);
    known.append(known.empty() ? "" : ", ").append(entry.name);
  }
  return Fail(ErrorCode::kInvalidRequest,
              "there is no router '" + std::string(name) + "'; there are: " + known);
}

}  // namespace routellm::routing
