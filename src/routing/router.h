// What a router is: a pure function from a query to the probability that the strong model is
// needed.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/win_rate.h"
#include "embedding/embedder.h"
#include "routing/explanation.h"

namespace routellm::routing {

// What is known of a request when it is scored. `prompt` is the text of the last user turn, bounded
// by the caller (text/utf8.h), valid UTF-8.
struct Query {
  std::string_view prompt;
};

// What a router needs besides the prompt. Getting it is the only step of a decision that may wait
// for anything.
enum class EvidenceKind { kNone, kEmbedding, kScores, kWinRate, kLogits };

// What a language model expects of a score from 1 to 5: their log-probabilities, up to a common
// constant. Minus infinity: it does not consider that score.
struct ScoreDistribution {
  std::array<double, 5> log_probabilities;
};

// kNone: monostate. kEmbedding: an embedding of the prompt by the embedder that the router was
// trained on. kScores: a distribution. kWinRate: a win rate that is known outside. kLogits: the
// labels' logits by the classifier that is the router's checkpoint, as an embedding.
using Evidence = std::variant<std::monostate, std::span<const float>, ScoreDistribution, WinRate>;

struct RouterInfo {
  std::string name;  // as in "router-NAME-THRESHOLD"
  std::string
      strong_model;  // the pair that its win rates speak of; empty where the router knows no models
  std::string weak_model;
  EvidenceKind evidence = EvidenceKind::kNone;
  std::string description;  // one line for `GET /v1/models` and `--help`
  // The calibration table: the win rates on traffic like its training data, in ascending order, at
  // quantiles that are evenly spaced from 0 to 1. At least two; empty where they are not known.
  std::vector<double> win_rate_quantiles;
  // Whose embeddings it was made for, of EvidenceKind::kEmbedding: those of another embedder give
  // wrong scores without an error. Where the router's files do not tell: an empty name, dimension
  // 0.
  embedding::EmbedderIdentity embedder = {};
};

// The threshold that sends about `share` of such traffic to the strong model: the table's quantile
// 1 - share, linear between its entries. Error kInvalidRequest, saying what to do instead, for a
// router without a table.
[[nodiscard]] Result<Threshold> ThresholdFor(const RouterInfo& info, StrongShare share);

// The embedding in `evidence`. Error kInvalidData if there is none, or if it has not `dimension`
// numbers.
[[nodiscard]] Result<std::span<const float>> EmbeddingOf(const Evidence& evidence,
                                                         std::size_t dimension);

// Thread-safe: const, no I/O, no locks; scoring allocates nothing in the steady state.
class Router {
 public:
  Router() = default;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  virtual ~Router() = default;

  [[nodiscard]] virtual const RouterInfo& Info() const = 0;

  // Error kInvalidData if `evidence` is not of the kind that Info() names.
  [[nodiscard]] virtual Result<WinRate> Score(const Query& query,
                                              const Evidence& evidence) const = 0;

  // The reasons for the win rate that Score gives. Errors as Score; kInvalidRequest for a router
  // that has none to give.
  [[nodiscard]] virtual Result<Explanation> Explain(const Query& query,
                                                    const Evidence& evidence) const;
};

}  // namespace routellm::routing
