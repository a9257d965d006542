// The `mf` router on the built-in embedder.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "routing/mf_checkpoint.h"
#include "routing/router.h"
#include "text/feature_bag.h"
#include "text/hashed_features.h"

namespace routellm::routing {

// For one pair of models the formula of mf_checkpoint.h is linear in the features, so that it is
// folded into one number for each bucket and each dense fact: a decision costs the extraction of
// the features and one weighted sum.
class MfRouter final : public Router {
 public:
  // Empty names: the checkpoint's default pair. The checkpoint must be valid and may be dropped
  // afterwards. Error kInvalidRequest if a name is not one of the checkpoint's models, or both are
  // the same.
  [[nodiscard]] static Result<std::unique_ptr<const MfRouter>> Create(
      const MfCheckpoint& checkpoint, std::string_view strong_model, std::string_view weak_model);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

  // The argument of the sigmoid for features that were extracted by the checkpoint's specification.
  [[nodiscard]] double Logit(const text::FeatureBag& bag) const;

 private:
  MfRouter(text::HashedFeatures features, RouterInfo info)
      : features_(features), info_(std::move(info)) {}

  text::HashedFeatures features_;
  RouterInfo info_;
  std::vector<float> bucket_logits_;
  std::array<float, text::FeatureBag::kDenseFacts> dense_logits_{};
  double bias_ = 0.0;
};

}  // namespace routellm::routing
