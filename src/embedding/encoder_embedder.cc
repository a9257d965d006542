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
std::string Revision(std::uint64_t digest, EncoderOptions options) {
  char text[40];
  std::snprintf(text, sizeof text, "%016llx.%d", static_cast<unsigned long long>(digest),
                kRevision);
  std::string revision = text;
  if (options.precision == Precision::kInt8) revision += ".int8";
  if (options.first_token) revision += ".first";
  return revision;
}

}  // namespace

EncoderEmbedder::EncoderEmbedder(TextEncoder encoder, EncoderSettings settings,
                                 EncoderOptions options, std::uint64_t digest)
    : encoder_(std::move(encoder)),
      settings_(settings),
      identity_{"encoder", encoder_.model().config().hidden, Revision(digest, options)} {}

Result<Matrix> EncoderEmbedder::Embed(std::span<const std::string_view> texts) const {
  Matrix matrix{texts.size(), identity_.dimension, {}};
  matrix.values.resize(matrix.rows * matrix.columns);
  encoder_.Encode(texts, [&](std::size_t text, std::span<const float> tokens) {
    Pool(tokens, matrix.Row(text));
  });
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
