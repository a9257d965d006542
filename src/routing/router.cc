#include "routing/router.h"

#include <algorithm>
#include <cmath>

namespace routellm::routing {

Result<Threshold> ThresholdFor(const RouterInfo& info, StrongShare share) {
  const auto& table = info.win_rate_quantiles;
  if (table.empty()) {
    const std::string what = info.strong_model.empty()
                                 ? "the router " + info.name + " has no calibration table"
                                 : "the checkpoint has no calibration table for " +
                                       info.strong_model + " over " + info.weak_model;
    return Fail(ErrorCode::kInvalidRequest,
                what + ": take a threshold from your prompts (routellm calibrate --input FILE)");
  }
  const double position = (1.0 - share.value()) * static_cast<double>(table.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(position), table.size() - 2);
  return Threshold::Create(
      std::lerp(table[below], table[below + 1], position - static_cast<double>(below)));
}

Result<std::span<const float>> EmbeddingOf(const Evidence& evidence, std::size_t dimension) {
  const auto* embedding = std::get_if<std::span<const float>>(&evidence);
  if (embedding == nullptr) {
    return Fail(ErrorCode::kInvalidData,
                "this router scores an embedding of the prompt, and there is none");
  }
  if (embedding->size() != dimension) {
    return Fail(ErrorCode::kInvalidData, "the embedding has " + std::to_string(embedding->size()) +
                                             " dimensions; the router was made for " +
                                             std::to_string(dimension));
  }
  return *embedding;
}

Result<Explanation> Router::Explain(const Query& /*query*/, const Evidence& /*evidence*/) const {
  return Fail(ErrorCode::kInvalidRequest,
              "the router '" + Info().name + "' does not explain its decisions");
}

}  // namespace routellm::routing
