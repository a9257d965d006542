#include "embedding/bert_model.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace routellm::embedding {
namespace {

// rows = LayerNorm(rows + more)
template <typename Norm>
void AddAndNormalize(const Kernels& kernels, const Norm& norm, float epsilon,
                     std::span<const float> more, std::span<float> rows) {
  const std::size_t columns = norm.weight.size();
  for (std::size_t begin = 0; begin < rows.size(); begin += columns) {
    float* row = &rows[begin];
    for (std::size_t i = 0; i < columns; ++i) row[i] += more[begin + i];
    kernels.layer_norm(row, norm.weight.data(), norm.bias.data(), columns, epsilon);
  }
}

}  // namespace

struct BertModel::Workspace {
  AlignedVector<float> scores;  // of one head
  AlignedVector<float> panels;
};

std::vector<float> BertModel::Embed(std::span<const std::vector<TokenId>> sequences) const {
  const std::size_t hidden = config_.hidden;
  std::size_t tokens = 0;
  for (const auto& sequence : sequences) tokens += sequence.size();
  std::vector<float> rows(tokens * hidden);
  auto out = rows.begin();
  for (const auto& sequence : sequences) {
    std::size_t next = config_.first_position;
    for (const TokenId id : sequence) {
      const std::size_t position = id == config_.padding ? id : next++;
      const float* token = &token_table_[id * hidden];
      const float* place = &position_table_[position * hidden];
      const std::span row(&*out, hidden);
      std::transform(token, token + hidden, place, row.begin(), std::plus<>());
      kernels_->layer_norm(row.data(), embedding_norm_.weight.data(), embedding_norm_.bias.data(),
                           hidden, config_.layer_norm_epsilon);
      std::advance(out, hidden);
    }
  }
  return rows;
}

void BertModel::Attend(std::span<const float> query_key_value, Workspace& space,
                       std::span<float> out) const {
  const std::size_t hidden = config_.hidden;
  const std::size_t size = hidden / config_.heads;
  const std::size_t stride = 3 * hidden;
  const std::size_t tokens = query_key_value.size() / stride;
  space.scores.resize(tokens * tokens);
  for (std::size_t head = 0; head < config_.heads; ++head) {
    const float* query = query_key_value.data() + head * size;
    PackPanels(query + hidden, stride, size, tokens, true, kernels_->panel, space.panels);
    kernels_->multiply({.a = query,
                        .a_stride = stride,
                        .rows = tokens,
                        .depth = size,
                        .b = space.panels.data(),
                        .bias = nullptr,
                        .columns = tokens,
                        .out = space.scores.data(),
                        .out_stride = tokens});
    for (std::size_t row = 0; row < tokens; ++row) {
      kernels_->softmax(&space.scores[row * tokens], tokens);
    }
    PackPanels(query + 2 * hidden, stride, tokens, size, false, kernels_->panel, space.panels);
    kernels_->multiply({.a = space.scores.data(),
                        .a_stride = tokens,
                        .rows = tokens,
                        .depth = tokens,
                        .b = space.panels.data(),
                        .bias = nullptr,
                        .columns = size,
                        .out = out.data() + head * size,
                        .out_stride = hidden});
  }
}

std::vector<float> BertModel::Encode(std::span<const std::vector<TokenId>> sequences) const {
  const std::size_t hidden = config_.hidden;
  std::vector<float> rows = Embed(sequences);
  const std::size_t tokens = rows.size() / hidden;
  std::vector<float> query_key_value(3 * rows.size());
  std::vector<float> context(rows.size());
  std::vector<float> sublayer(rows.size());
  std::vector<float> inner(tokens * config_.intermediate);
  Workspace space;
  for (const Layer& layer : layers_) {
    layer.query_key_value.Apply(rows, Activation::kNone, query_key_value);
    std::size_t begin = 0;
    for (const auto& sequence : sequences) {
      const std::size_t size = sequence.size() * hidden;
      Attend(std::span(query_key_value).subspan(3 * begin, 3 * size), space,
             std::span(context).subspan(begin, size));
      begin += size;
    }
    layer.attention_output.Apply(context, Activation::kNone, sublayer);
    AddAndNormalize(*kernels_, layer.attention_norm, config_.layer_norm_epsilon, sublayer, rows);
    layer.intermediate.Apply(rows, config_.activation, inner);
    layer.output.Apply(inner, Activation::kNone, sublayer);
    AddAndNormalize(*kernels_, layer.output_norm, config_.layer_norm_epsilon, sublayer, rows);
  }
  return rows;
}

}  // namespace routellm::embedding
