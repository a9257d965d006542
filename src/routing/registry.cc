#include "routing/registry.h"

#include <algorithm>
#include <utility>

#include "data/safetensors.h"
#include "routing/bert_router.h"
#include "routing/builtin_checkpoint.h"
#include "routing/causal_llm_router.h"
#include "routing/external_router.h"
#include "routing/knn_router.h"
#include "routing/mf_checkpoint.h"
#include "routing/mf_embedding_checkpoint.h"
#include "routing/mf_embedding_router.h"
#include "routing/mf_router.h"
#include "routing/random_router.h"
#include "routing/score_checkpoint.h"
#include "routing/score_router.h"
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

MadeRouter MakeBert(const RouterOptions& options) {
  if (options.checkpoint_path.empty()) {
    return Fail(
        ErrorCode::kInvalidRequest,
        "the router bert needs a checkpoint: the folder of a classifier, as `routellm train "
        "bert-head` writes it");
  }
  return std::make_unique<const BertRouter>();
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

MadeRouter MakeScore(const RouterOptions& options) {
  const auto checkpoint =
      options.checkpoint_path.empty()
          ? ParseScoreCheckpoint(BuiltinScoreCheckpoint(), "the built-in checkpoint of score")
          : LoadScoreCheckpoint(options.checkpoint_path);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  return ScoreRouter::Create(*checkpoint, options.strong_model, options.weak_model);
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

MadeRouter MakeRandom(const RouterOptions& options) {
  return std::make_unique<const RandomRouter>(options.seed);
}

// A router without settings.
template <typename R>
MadeRouter Make(const RouterOptions& /*options*/) {
  return std::make_unique<const R>();
}

struct Entry {
  std::string_view name;
  MadeRouter (*make)(const RouterOptions&);
  std::vector<std::string_view> settings;  // see RouterSettings
  bool slow = false;
};

// A line for each.
const std::vector<Entry>& Routers() {
  static const std::vector<Entry> routers = {
      {"bert", MakeBert, {"checkpoint", "precision"}},
      {"causal_llm", Make<CausalLlmRouter>, {}},
      {"exec", Make<ExternalRouter>, {}},
      {"knn", MakeKnn, {"checkpoint", "embedder"}, /*slow=*/true},
      {"mf", MakeMf, {"checkpoint", "strong_model", "weak_model", "embedder"}},
      {"random", MakeRandom, {"seed"}},
      {"score", MakeScore, {"checkpoint", "strong_model", "weak_model"}},
      {"sw_ranking",
       MakeSwRanking,
       {"battles", "embeddings", "precision", "strong_model", "weak_model", "embedder"},
       /*slow=*/true},
  };
  return routers;
}

// Null for a name that no router has.
const Entry* FindRouter(std::string_view name) {
  const auto found = std::find_if(Routers().begin(), Routers().end(),
                                  [name](const Entry& entry) { return entry.name == name; });
  return found == Routers().end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string_view> RouterNames() {
  std::vector<std::string_view> names;
  for (const Entry& entry : Routers()) names.push_back(entry.name);
  return names;
}

bool IsSlow(std::string_view name) {
  const Entry* entry = FindRouter(name);
  return entry != nullptr && entry->slow;
}

std::vector<std::string_view> RouterSettings(std::string_view name) {
  const Entry* entry = FindRouter(name);
  return entry != nullptr ? entry->settings : std::vector<std::string_view>();
}

Result<std::unique_ptr<const Router>> MakeRouter(std::string_view name,
                                                 const RouterOptions& options) {
  if (const Entry* entry = FindRouter(name)) return entry->make(options);
  std::string known;
  for (const Entry& entry : Routers()) known.append(known.empty() ? "" : ", ").append(entry.name);
  return Fail(ErrorCode::kInvalidRequest,
              "there is no router '" + std::string(name) + "'; there are: " + known);
}

}  // namespace routellm::routing
