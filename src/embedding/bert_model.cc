#include "embedding/bert_model.h"

#include <algorithm>
#include <iterator>

#include "embedding/matrix_product.h"

namespace routellm::embedding {
namespace {

// Rows of `inputs` numbers through a layer with a bias for each of its outputs.
template <typename Linear>
void Apply(const Linear& layer, std::span<const float> in, std::size_t inputs,
           std::span<float> out) {
  const std::size_t outputs = layer.bias.size();
  const std::size_t rows = in.size() / inputs;
  for (std::size_t row = 0; row < rows; ++row) {
    std::copy(layer.bias.begin(), layer.bias.end(), out.subspan(row * outputs).begin());
  }
  AddTransposedProduct({in.data(), rows, inputs, inputs},
                       {layer.weight.data(), outputs, inputs, inputs},
                       {out.data(), rows, outputs, outputs});
}

// rows = LayerNorm(rows + more)
template <typename Norm>
void AddAndNormalize(const Norm& norm, float epsilon, std::span<const float> more,
                     std::span<float> rows) {
  const std::size_t columns = norm.weight.size();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] += more[i];
  for (std::size_t begin = 0; begin < rows.size(); begin += columns) {
    LayerNorm(norm.weight, norm.bias, epsilon, rows.subspan(begin, columns));
  }
}

}  // namespace

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
      LayerNorm(embedding_norm_.weight, embedding_norm_.bias, config_.layer_norm_epsilon, row);
      std::advance(out, hidden);
    }
  }
  return rows;
}

void BertModel::Attend(std::span<const float> query_key_value, std::size_t tokens,
                       std::span<float> out) const {
  const std::size_t hidden = config_.hidden;
  const std::size_t size = hidden / config_.heads;
  const std::size_t stride = 3 * hidden;
  std::vector<float> scores(tokens * tokens);
  for (std::size_t head = 0; head < config_.heads; ++head) {
    const float* query = query_key_value.data() + head * size;
    MultiplyTransposed({query, tokens, size, stride}, {query + hidden, tokens, size, stride},
                       {scores.data(), tokens, tokens, tokens});
    for (std::size_t row = 0; row < tokens; ++row) {
      Softmax(std::span(scores).subspan(row * tokens, tokens));
    }
    Multiply({scores.data(), tokens, tokens, tokens}, {query + 2 * hidden, tokens, size, stride},
             {out.data() + head * size, tokens, size, hidden});
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
  for (const Layer& layer : layers_) {
    Apply(layer.query_key_value, rows, hidden, query_key_value);
    std::size_t begin = 0;
    for (const auto& sequence : sequences) {
      Attend(std::span(query_key_value).subspan(3 * begin), sequence.size(),
             std::span(context).subspan(begin));
      begin += sequence.size() * hidden;
    }
    Apply(layer.attention_output, context, hidden, sublayer);
    AddAndNormalize(layer.attention_norm, config_.layer_norm_epsilon, sublayer, rows);
    Apply(layer.intermediate, rows, hidden, inner);
    Activate(config_.activation, inner);
    Apply(layer.output, inner, config_.intermediate, sublayer);
    AddAndNormalize(layer.output_norm, config_.layer_norm_epsilon, sublayer, rows);
  }
  return rows;
}

}  // namespace routellm::embedding
