// The built-in kind of `mf` router: on the prompt alone, unless labels of one's own have taught it
// something about embeddings.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "routing/mf_checkpoint.h"
#include "routing/mf_functions.h"
#include "routing/prompt_columns.h"
#include "routing/router.h"
#include "text/hashed_features.h"
#include "text/word_vectors.h"

namespace routellm::routing {

// The formula of mf_checkpoint.h for one pair of models.
class MfRouter final : public Router {
 public:
  // Empty names: the checkpoint's default pair. Errors: kInvalidRequest if a name is not one of the
  // checkpoint's models, or both are the same; kInvalidData if the checkpoint is not valid.
  [[nodiscard]] static Result<std::unique_ptr<const MfRouter>> Create(
      const MfCheckpoint& checkpoint, std::string_view strong_model, std::string_view weak_model);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;
  [[nodiscard]] Result<Explanation> Explain(const Query& query,
                                            const Evidence& evidence) const override;

 private:
  MfRouter(const MfCheckpoint& checkpoint, text::WordVectors words, RouterInfo info);

  // What own labels need of `evidence`: an embedding, or nothing, which is empty.
  [[nodiscard]] Result<std::span<const float>> NeededEmbedding(const Evidence& evidence) const;

  // `gap` of what was known before, with what own labels make of it.
  [[nodiscard]] double WithOwnLabels(double gap, std::string_view prompt,
                                     const PromptColumns& columns,
                                     std::span<const float> embedding) const;

  RouterInfo info_;
  text::WordVectors words_;
  ColumnScale scale_;
  MfFunctions functions_;
  PairAbilities abilities_;
  GapCalibration calibration_;
  std::optional<OwnLabels> own_labels_;
  std::optional<text::HashedFeatures> hashed_;  // of own_labels_
};

}  // namespace routellm::routing
