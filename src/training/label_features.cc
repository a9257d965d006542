#include "training/label_features.h"

#include "core/parallel.h"
#include "text/utf8.h"
#include "training/prompt_matrix.h"

namespace routellm::training {

Result<LabelFeatures> ExtractLabelFeatures(const routing::MfCheckpoint& checkpoint,
                                           const routing::PairAbilities& pair,
                                           std::span<const std::string_view> prompts) {
  const auto words = text::WordVectors::Create(checkpoint.words);
  if (!words) return tl::unexpected(words.error());
  LabelFeatures features;
  const auto hashed = text::HashedFeatures::Create(features.spec);
  if (!hashed) return tl::unexpected(hashed.error());
  features.columns =
      ColumnsOf(ExtractAll(prompts, *words), checkpoint.scale).topRows(routing::kPromptColumns);
  features.words.resize(prompts.size());
  ParallelFor(prompts.size(), [&](std::size_t i) {
    hashed->Extract(text::TruncateUtf8(prompts[i], kMaxPromptBytes), features.words[i]);
  });
  features.gaps.resize(static_cast<Eigen::Index>(prompts.size()));
  features.difficulty = {checkpoint.functions.easiness, checkpoint.functions.discrimination};
  features.difficulties.resize(2, static_cast<Eigen::Index>(prompts.size()));
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    const routing::PromptColumns columns = ColumnsAt(features, i);
    features.gaps[at] = routing::PartsOf(checkpoint.functions, columns, pair).Gap();
    for (std::size_t f = 0; f < features.difficulty.size(); ++f)
      features.difficulties(static_cast<Eigen::Index>(f), at) = features.difficulty[f](columns);
  }
  return features;
}

routing::PromptColumns ColumnsAt(const LabelFeatures& features, std::size_t prompt) {
  routing::PromptColumns columns{};
  for (std::size_t c = 0; c < columns.size(); ++c) {
    columns[c] = static_cast<float>(
        features.columns(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(prompt)));
  }
  return columns;
}

}  // namespace routellm::training
