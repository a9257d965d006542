#include "embedding/encoder_embedder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace routellm::embedding {
namespace {

constexpr int kRevision = 1;  // of the computation, for whatever changes a vector beyond rounding
constexpr std::size_t kGroupTokens = 512;

// As many of the first sequences as have kGroupTokens, or one.
std::span<const std::vector<TokenId>> FirstGroup(std::span<const std::vector<TokenId>> sequences) {
  std::size_t tokens = sequences.front().size();
  std::size_t count = 1;
  while (count < sequences.size() && tokens + sequences[count].size() <= kGroupTokens) {
    tokens += sequences[count++].size();
  }
  return sequences.first(count);
}

std::string Revision(std::uint64_t digest) {
  char text[40];
  std::snprintf(text, sizeof text, "%016llx.%d", static_cast<unsigned long long>(digest),
                kRevision);
  return text;
}

}  // namespace

EncoderEmbedder::EncoderEmbedder(BertModel model, std::unique_ptr<const Tokenizer> tokenizer,
                                 EncoderSettings settings, std::uint64_t digest)
    : model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      settings_(settings),
      identity_{"encoder", model_.config().hidden, Revision(digest)} {}

Result<Matrix> EncoderEmbedder::Embed(std::span<const std::string_view> texts) const {
  std::vector<std::vector<TokenId>> sequences;
  sequences.reserve(texts.size());
  for (const std::string_view text : texts) {
    sequences.push_back(tokenizer_->Encode(text, settings_.max_tokens));
  }
  Matrix matrix{texts.size(), identity_.dimension, {}};
  matrix.values.resize(matrix.rows * matrix.columns);
  for (std::size_t row = 0; row < texts.size();) {
    const auto group = FirstGroup(std::span(sequences).subspan(row));
    const std::vector<float> tokens = model_.Encode(group);
    std::size_t begin = 0;
    for (const auto& sequence : group) {
      const std::size_t size = sequence.size() * matrix.columns;
      Pool(std::span(tokens).subspan(begin, size), matrix.Row(row++));
      begin += size;
    }
  }
  if (std::all_of(matrix.values.begin(), matrix.values.end(),
                  [](float value) { return std::isfinite(value); })) {
    return matrix;
  }
  return Fail(ErrorCode::kInvalidData, "the encoder's weights lead to numbers that are not finite");
}

void EncoderEmbedder::Pool(std::span<const float> tokens, std::span<float> row) const {
  const std::size_t count =
      settings_.pooling == Pooling::kFirstToken ? 1 : tokens.size() / row.size();
  for (std::size_t token = 0; token < count; ++token) {
    const auto vector = tokens.subspan(token * row.size(), row.size());
    std::transform(row.begin(), row.end(), vector.begin(), row.begin(), std::plus<>());
  }
  float divisor = static_cast<float>(count);
  if (settings_.normalize) {
    divisor = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0F));
  }
  if (divisor == 0.0F) return;
  for (float& value : row) value /= divisor;
}

}  // namespace routellm::embedding
