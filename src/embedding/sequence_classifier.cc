#include "embedding/sequence_classifier.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace routellm::embedding {

Result<SequenceClassifier> SequenceClassifier::Load(const std::filesystem::path& folder,
                                                    std::size_t labels, Precision precision) {
  auto encoder = TextEncoder::Load(folder, precision);
  if (!encoder) return tl::unexpected(encoder.error());
  auto head = BertModel::LoadHead(folder, encoder->model().config(), labels);
  if (!head) return tl::unexpected(head.error());
  return SequenceClassifier(*std::move(encoder), *std::move(head));
}

SequenceClassifier::SequenceClassifier(TextEncoder encoder, ClassifierHead head)
    : encoder_(std::move(encoder)),
      head_(std::move(head)),
      identity_{"classifier", head_.labels.outputs(), ""} {}

Result<Matrix> SequenceClassifier::Embed(std::span<const std::string_view> texts) const {
  const std::size_t hidden = encoder_.model().config().hidden;
  std::vector<float> first(texts.size() * hidden);
  encoder_.Encode(texts, [&](std::size_t text, std::span<const float> tokens) {
    std::copy_n(tokens.begin(), hidden, &first[text * hidden]);
  });
  std::vector<float> dense(first.size());
  head_.dense.Apply(first, Activation::kNone, dense);
  for (float& value : dense) value = std::tanh(value);
  Matrix logits{texts.size(), head_.labels.outputs(), {}};
  logits.values.resize(logits.rows * logits.columns);
  head_.labels.Apply(dense, Activation::kNone, logits.values);
  if (std::all_of(logits.values.begin(), logits.values.end(),
                  [](float value) { return std::isfinite(value); })) {
    return logits;
  }
  return Fail(ErrorCode::kInvalidData,
              "the classifier's weights lead to numbers that are not finite");
}

}  // namespace routellm::embedding
