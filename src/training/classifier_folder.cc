#include "training/classifier_folder.h"

#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/replace_file.h"
#include "data/safetensors.h"
#include "embedding/json_file.h"
#include "routing/bert_router.h"

namespace routellm::training {
namespace fs = std::filesystem;
namespace {

using embedding::JsonFile;
using Json = nlohmann::json;
using Tensors = std::map<std::string, data::TensorView, std::less<>>;

constexpr std::array<const char*, routing::kBertLabels> kLabelNames = {"strong wins", "tie",
                                                                       "weak wins"};

// The names of a family's parts.
struct Family {
  const char* architecture;
  const char* prefix;
  const char* dense;
  const char* labels;
};
constexpr Family kBert{"BertForSequenceClassification", "bert.", "bert.pooler.dense", "classifier"};
constexpr Family kXlmRoberta{"XLMRobertaForSequenceClassification", "roberta.", "classifier.dense",
                             "classifier.out_proj"};

Result<void> WriteJson(const fs::path& path, const Json& json) {
  return data::ReplaceFile(path, json.dump(2) + "\n");
}

Result<void> WriteConfig(const JsonFile& source, const Family& family, const fs::path& out) {
  Json config = source.root();
  Json names = Json::object();
  Json numbers = Json::object();
  for (std::size_t i = 0; i < kLabelNames.size(); ++i) {
    names[std::to_string(i)] = kLabelNames[i];
    numbers[kLabelNames[i]] = i;
  }
  config["architectures"] = {family.architecture};
  config["id2label"] = std::move(names);
  config["label2id"] = std::move(numbers);
  config["problem_type"] = "single_label_classification";
  config.erase("torch_dtype");  // the older name
  config["dtype"] = "float32";  // in which to compute, whatever the tensors are
  return WriteJson(out / "config.json", config);
}

Result<void> WriteTensors(const data::Safetensors& source, const Family& family,
                          const BertHead& head, const std::map<std::string, std::string>& notes,
                          const fs::path& out) {
  Tensors tensors;
  for (const auto& [name, tensor] : source.tensors()) {
    std::string_view part = name;
    if (part.starts_with(family.prefix)) part.remove_prefix(std::string_view(family.prefix).size());
    const bool of_encoder = part.starts_with("embeddings.") || part.starts_with("encoder.");
    if (of_encoder && part != "embeddings.position_ids")
      tensors.emplace(family.prefix + std::string(part), tensor);
  }
  const auto add = [&](const std::string& name, std::vector<std::size_t> shape,
                       const std::vector<float>& values) {
    tensors[name] = {data::Dtype::kF32, std::move(shape), data::AsBytes(values)};
  };
  const std::string dense = family.dense;
  const std::string labels = family.labels;
  add(dense + ".weight", {head.hidden, head.hidden}, head.dense);
  add(dense + ".bias", {head.hidden}, head.dense_bias);
  add(labels + ".weight", {routing::kBertLabels, head.hidden}, head.labels);
  add(labels + ".bias", {routing::kBertLabels}, head.labels_bias);
  std::map<std::string, std::string, std::less<>> metadata(notes.begin(), notes.end());
  metadata["format"] = "pt";
  return data::SaveSafetensors((out / "model.safetensors").string(), tensors, metadata);
}

Result<void> CopyTokenizer(const fs::path& source, std::size_t max_tokens, const fs::path& out) {
  std::error_code error;
  for (const char* name :
       {"tokenizer.json", "special_tokens_map.json", "vocab.txt", "sentencepiece.bpe.model"}) {
    if (!fs::exists(source / name, error)) continue;
    if (!fs::copy_file(source / name, out / name, error))
      return Fail(ErrorCode::kIo, (out / name).string() + ": " + error.message());
  }
  auto settings = JsonFile::LoadIfPresent(source / "tokenizer_config.json");
  if (!settings) return tl::unexpected(settings.error());
  if (!settings->root().is_object()) return settings->Invalid("is no JSON object");
  Json changed = settings->root();
  changed["model_max_length"] = max_tokens;
  return WriteJson(out / "tokenizer_config.json", changed);
}

Result<void> WriteFolder(const fs::path& encoder, const BertHead& head, std::size_t max_tokens,
                         const std::map<std::string, std::string>& notes, const fs::path& out) {
  const auto config = JsonFile::Load(encoder / "config.json");
  if (!config) return tl::unexpected(config.error());
  const auto type = config->String("model_type");
  if (!type) return tl::unexpected(type.error());
  const auto hidden = config->Size("hidden_size");
  if (!hidden) return tl::unexpected(hidden.error());
  if (*type != "bert" && *type != "xlm-roberta")
    return config->Invalid("model_type '" + *type + "' is not supported");
  if (*hidden != head.hidden) {
    return config->Invalid("hidden_size is " + std::to_string(*hidden) + ", that of the head " +
                           std::to_string(head.hidden));
  }
  const Family& family = *type == "bert" ? kBert : kXlmRoberta;
  const auto weights = data::Safetensors::Load((encoder / "model.safetensors").string());
  if (!weights) return tl::unexpected(weights.error());
  return WriteConfig(*config, family, out)
      .and_then([&] { return WriteTensors(*weights, family, head, notes, out); })
      .and_then([&] { return CopyTokenizer(encoder, max_tokens, out); });
}

}  // namespace

Result<void> SaveClassifier(const fs::path& encoder, const BertHead& head, std::size_t max_tokens,
                            const std::map<std::string, std::string>& notes, const fs::path& out) {
  std::error_code error;
  if (fs::exists(out, error))
    return Fail(ErrorCode::kInvalidRequest, out.string() + " exists already");
  fs::path partial = out;
  partial += ".partial";
  fs::remove_all(partial, error);
  fs::create_directory(partial, error);
  if (error) return Fail(ErrorCode::kIo, partial.string() + ": " + error.message());
  auto written = WriteFolder(encoder, head, max_tokens, notes, partial);
  if (written) {
    fs::rename(partial, out, error);
    if (error) written = Fail(ErrorCode::kIo, out.string() + ": " + error.message());
  }
  if (!written) fs::remove_all(partial, error);
  return written;
}

}  // namespace routellm::training
