#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "data/safetensors.h"
#include "embedding/bert_model.h"
#include "embedding/json_file.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

// Keeps products of two sizes far from overflow; the largest models have about 250,000 tokens.
constexpr std::size_t kMaxSize = 10'000'000;

std::optional<Activation> FindActivation(std::string_view name) {
  if (name == "gelu") return Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::kGeluTanh;
  if (name == "relu") return Activation::kRelu;
  return std::nullopt;
}

// The positions of XLM-RoBERTa begin behind the number of its padding token.
Result<void> ReadPadding(const JsonFile& file, BertConfig& config) {
  const auto padding = file.Size("pad_token_id", 1);
  if (!padding) return tl::unexpected(padding.error());
  if (*padding + 1 >= config.positions) {
    return file.Invalid("pad_token_id leaves none of the max_position_embeddings");
  }
  config.padding = static_cast<TokenId>(*padding);
  config.first_position = *padding + 1;
  config.positions -= config.first_position;
  return {};
}

Result<BertConfig> ReadConfig(const JsonFile& file) {
  BertConfig config;
  const auto type = file.String("model_type");
  if (!type) return tl::unexpected(type.error());
  if (*type != "bert" && *type != "xlm-roberta") {
    return file.Invalid("model_type '" + *type +
                        "' is not supported, only 'bert' and 'xlm-roberta'");
  }
  const auto position_type = file.String("position_embedding_type", "absolute");
  if (!position_type) return tl::unexpected(position_type.error());
  if (*position_type != "absolute") {
    return file.Invalid("position_embedding_type '" + *position_type +
                        "' is not supported, only 'absolute'");
  }
  for (const auto& [key, size] :
       {std::pair("vocab_size", &config.vocabulary),
        std::pair("max_position_embeddings", &config.positions),
        std::pair("type_vocab_size", &config.token_types), std::pair("hidden_size", &config.hidden),
        std::pair("num_hidden_layers", &config.layers),
        std::pair("num_attention_heads", &config.heads),
        std::pair("intermediate_size", &config.intermediate)}) {
    const auto value = file.Size(key);
    if (!value) return tl::unexpected(value.error());
    if (*value == 0 || *value > kMaxSize) {
      return file.Invalid(std::string(key) + " must be 1 to " + std::to_string(kMaxSize));
    }
    *size = *value;
  }
  if (*type == "xlm-roberta") {
    if (auto ok = ReadPadding(file, config); !ok) return tl::unexpected(ok.error());
  }
  if (config.hidden % config.heads != 0) {
    return file.Invalid("hidden_size is no multiple of num_attention_heads");
  }
  const auto epsilon = file.Number("layer_norm_eps", 1e-12);
  if (!epsilon) return tl::unexpected(epsilon.error());
  if (!(*epsilon > 0 && *epsilon < 1)) return file.Invalid("layer_norm_eps must be within 0 and 1");
  config.layer_norm_epsilon = static_cast<float>(*epsilon);
  const auto name = file.String("hidden_act", "gelu");
  if (!name) return tl::unexpected(name.error());
  const auto activation = FindActivation(*name);
  if (!activation) {
    return file.Invalid("hidden_act '" + *name +
                        "' is not supported, only gelu, gelu_new, gelu_pytorch_tanh and relu");
  }
  config.activation = *activation;
  return config;
}

}  // namespace

// Takes tensors out of the file. After the first error nothing more is read.
class BertModel::Reader {
 public:
  Reader(const data::Safetensors& file, Precision precision, const Kernels& kernels)
      : file_(file), prefix_(PrefixOf(file)), precision_(precision), kernels_(kernels) {}

  std::vector<float> Read(const std::string& name, const std::vector<std::size_t>& shape) {
    if (!status_) return {};
    auto values = TryRead(prefix_ + name, shape);
    if (values) return *std::move(values);
    status_ = tl::unexpected(values.error());
    return {};
  }

  Norm ReadNorm(const std::string& name, std::size_t size) {
    auto weight = Read(name + ".weight", {size});
    return {std::move(weight), Read(name + ".bias", {size})};
  }

  Linear ReadLinear(const std::string& name, std::size_t inputs, std::size_t outputs) {
    const auto weight = Read(name + ".weight", {outputs, inputs});
    const auto bias = Read(name + ".bias", {outputs});
    return status_ ? Linear(weight, bias, precision_, kernels_) : Linear();
  }

  Linear ReadQueryKeyValue(const std::string& name, std::size_t hidden, std::size_t head_size) {
    std::vector<float> weight;
    std::vector<float> bias;
    for (const char* part : {".query", ".key", ".value"}) {
      auto more = Read(name + part + ".weight", {hidden, hidden});
      weight.insert(weight.end(), more.begin(), more.end());
      more = Read(name + part + ".bias", {hidden});
      bias.insert(bias.end(), more.begin(), more.end());
    }
    if (!status_) return {};
    const float scale = 1.0F / std::sqrt(static_cast<float>(head_size));
    for (std::size_t i = 0; i < hidden * hidden; ++i) weight[i] *= scale;
    for (std::size_t i = 0; i < hidden; ++i) bias[i] *= scale;
    return {weight, bias, precision_, kernels_};
  }

  // From here on names are the whole names.
  void LeavePrefix() { prefix_.clear(); }

  [[nodiscard]] const Result<void>& status() const { return status_; }
  [[nodiscard]] const Fnv1a& hash() const { return hash_; }

 private:
  static std::string PrefixOf(const data::Safetensors& file) {
    for (const char* prefix : {"bert.", "roberta."}) {
      if (file.tensors().contains(prefix + std::string("embeddings.word_embeddings.weight"))) {
        return prefix;
      }
    }
    return "";
  }

  Result<std::vector<float>> TryRead(const std::string& name,
                                     const std::vector<std::size_t>& shape) {
    auto values = file_.Floats(name, shape);
    if (values) hash_.Add(file_.tensors().find(name)->second.data);
    return values;
  }

  const data::Safetensors& file_;
  std::string prefix_;
  const Precision precision_;
  const Kernels& kernels_;
  Result<void> status_;
  Fnv1a hash_;
};

Result<BertModel> BertModel::Load(const fs::path& folder, Precision precision,
                                  const Kernels& kernels) {
  const auto config_file = JsonFile::Load(folder / "config.json");
  if (!config_file) return tl::unexpected(config_file.error());
  const auto config = ReadConfig(*config_file);
  if (!config) return tl::unexpected(config.error());
  const auto file = data::Safetensors::Load((folder / "model.safetensors").string());
  if (!file) return tl::unexpected(file.error());

  BertModel model;
  model.config_ = *config;
  model.kernels_ = &kernels;
  Reader reader(*file, precision, kernels);
  const std::size_t hidden = config->hidden;
  model.token_table_ =
      reader.Read("embeddings.word_embeddings.weight", {config->vocabulary, hidden});
  model.position_table_ = reader.Read("embeddings.position_embeddings.weight",
                                      {config->first_position + config->positions, hidden});
  const auto types =
      reader.Read("embeddings.token_type_embeddings.weight", {config->token_types, hidden});
  model.embedding_norm_ = reader.ReadNorm("embeddings.LayerNorm", hidden);
  for (std::size_t i = 0; i < config->layers && reader.status(); ++i) {
    const std::string name = "encoder.layer." + std::to_string(i) + ".";
    Layer layer;
    layer.query_key_value =
        reader.ReadQueryKeyValue(name + "attention.self", hidden, hidden / config->heads);
    layer.attention_output = reader.ReadLinear(name + "attention.output.dense", hidden, hidden);
    layer.attention_norm = reader.ReadNorm(name + "attention.output.LayerNorm", hidden);
    layer.intermediate =
        reader.ReadLinear(name + "intermediate.dense", hidden, config->intermediate);
    layer.output = reader.ReadLinear(name + "output.dense", config->intermediate, hidden);
    layer.output_norm = reader.ReadNorm(name + "output.LayerNorm", hidden);
    model.layers_.push_back(std::move(layer));
  }
  if (!reader.status()) return tl::unexpected(reader.status().error());
  for (std::size_t i = 0; i < model.position_table_.size(); ++i) {
    model.position_table_[i] += types[i % hidden];
  }
  model.weights_hash_ = reader.hash();
  return model;
}

// A head is small: it is always kept in single precision.
Result<ClassifierHead> BertModel::LoadHead(const fs::path& folder, const BertConfig& config,
                                           std::size_t labels) {
  const auto file = data::Safetensors::Load((folder / "model.safetensors").string());
  if (!file) return tl::unexpected(file.error());
  Reader reader(*file, Precision::kFloat, *SupportedKernels().front());
  ClassifierHead head;
  if (!config.padding) head.dense = reader.ReadLinear("pooler.dense", config.hidden, config.hidden);
  reader.LeavePrefix();
  if (config.padding) {
    head.dense = reader.ReadLinear("classifier.dense", config.hidden, config.hidden);
  }
  head.labels = reader.ReadLinear(config.padding ? "classifier.out_proj" : "classifier",
                                  config.hidden, labels);
  if (!reader.status()) return tl::unexpected(reader.status().error());
  return head;
}

}  // namespace routellm::embedding
