#include "embedding/text_encoder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "embedding/json_file.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

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

// The smallest of all limits that are stated.
Result<std::size_t> ReadMaxTokens(const fs::path& folder, std::size_t positions) {
  const auto sentence = JsonFile::LoadIfPresent(folder / "sentence_bert_config.json");
  if (!sentence) return tl::unexpected(sentence.error());
  const auto tokenizer = JsonFile::LoadIfPresent(folder / "tokenizer_config.json");
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  const auto most = static_cast<double>(positions);
  const auto of_tokenizer = tokenizer->Number("model_max_length", most);
  if (!of_tokenizer) return tl::unexpected(of_tokenizer.error());
  const auto stated = sentence->Number("max_seq_length", *of_tokenizer);
  if (!stated) return tl::unexpected(stated.error());
  if (!(*stated >= 1)) return sentence->Invalid("max_seq_length must be 1 or more");
  return static_cast<std::size_t>(std::min(*stated, most));
}

}  // namespace

Result<TextEncoder> TextEncoder::Load(const fs::path& folder, Precision precision) {
  auto model = BertModel::Load(folder, precision);
  if (!model) return tl::unexpected(model.error());
  auto tokenizer = LoadTokenizer(folder);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  const auto max_tokens = ReadMaxTokens(folder, model->config().positions);
  if (!max_tokens) return tl::unexpected(max_tokens.error());
  const auto invalid = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidData, folder.string() + ": " + what);
  };
  if ((*tokenizer)->id_limit() > model->config().vocabulary) {
    return invalid("the tokenizer has ids up to " + std::to_string((*tokenizer)->id_limit() - 1) +
                   ", model.safetensors has embeddings for " +
                   std::to_string(model->config().vocabulary));
  }
  if (*max_tokens <= (*tokenizer)->special_tokens()) {
    return invalid("its limit of " + std::to_string(*max_tokens) +
                   " tokens leaves none for a text");
  }
  return TextEncoder(*std::move(model), *std::move(tokenizer), *max_tokens);
}

void TextEncoder::Encode(
    std::span<const std::string_view> texts,
    const std::function<void(std::size_t, std::span<const float>)>& use) const {
  std::vector<std::vector<TokenId>> sequences;
  sequences.reserve(texts.size());
  for (const std::string_view text : texts) {
    sequences.push_back(tokenizer_->Encode(text, max_tokens_));
  }
  for (std::size_t text = 0; text < texts.size();) {
    const auto group = FirstGroup(std::span(sequences).subspan(text));
    const std::vector<float> tokens = model_.Encode(group);
    std::size_t begin = 0;
    for (const auto& sequence : group) {
      const std::size_t size = sequence.size() * model_.config().hidden;
      use(text++, std::span(tokens).subspan(begin, size));
      begin += size;
    }
  }
}

}  // namespace routellm::embedding
