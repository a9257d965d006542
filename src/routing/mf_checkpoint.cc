#include "routing/mf_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"
#include "routing/embedder_metadata.h"
#include "routing/word_table_file.h"

namespace routellm::routing {
namespace {

using data::Dtype;
using data::Safetensors;
using data::TensorView;
using Json = nlohmann::json;
using Shape = std::vector<std::size_t>;
using text::HashedFeatureSpec;
using text::PromptFeatures;

constexpr std::string_view kFormat = "routellm-mf";
constexpr std::string_view kFormatVersion = "2";

tl::unexpected<Error> Invalid(std::string what) {
  return Fail(ErrorCode::kInvalidData, std::move(what));
}

bool AllFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

Result<void> CheckFunction(const LinearFunction& function, std::size_t columns, const char* name) {
  if (function.weights.size() != columns)
    return Invalid(std::string(name) + " has not one weight for each column");
  if (!AllFinite(function.weights) || !std::isfinite(function.bias))
    return Invalid(std::string(name) + " holds a value that is not finite");
  return {};
}

Result<void> CheckModels(const MfCheckpoint& checkpoint) {
  const std::set<std::string_view> distinct(checkpoint.models.begin(), checkpoint.models.end());
  if (distinct.size() < 2 || distinct.size() != checkpoint.models.size() ||
      distinct.count("") != 0) {
    return Invalid("models must be two or more distinct names");
  }
  if (checkpoint.abilities.size() != checkpoint.models.size())
    return Invalid("there is not one ability for each model");
  for (const double ability : checkpoint.abilities) {
    if (!std::isfinite(ability)) return Invalid("an ability is not finite");
  }
  for (const std::string& model : {checkpoint.strong_model, checkpoint.weak_model}) {
    if (distinct.count(model) == 0)
      return Invalid("the default pair names '" + model + "', which is none of the models");
  }
  if (checkpoint.strong_model == checkpoint.weak_model)
    return Invalid("the default pair names one model twice");
  return {};
}

Result<void> CheckNumbers(const MfCheckpoint& checkpoint) {
  // Written so that NaN fails.
  if (!(checkpoint.functions.ability_range > 0.0) ||
      !std::isfinite(checkpoint.functions.ability_range) ||
      !std::isfinite(checkpoint.functions.ability_middle)) {
    return Invalid("the range of abilities must be above 0 and finite");
  }
  if (!(checkpoint.functions.chat_share >= 0.0 && checkpoint.functions.chat_share <= 1.0))
    return Invalid("the share of chat must lie in [0, 1]");
  if (!(checkpoint.calibration.slope > 0.0) || !std::isfinite(checkpoint.calibration.slope) ||
      !std::isfinite(checkpoint.calibration.offset)) {
    return Invalid("the calibration must be a slope above 0 and a finite offset");
  }
  if (!AllFinite(checkpoint.scale.means) || !AllFinite(checkpoint.scale.deviations) ||
      std::any_of(checkpoint.scale.deviations.begin(), checkpoint.scale.deviations.end(),
                  [](float deviation) { return deviation <= 0.0F; })) {
    return Invalid("means and deviations of the columns must be finite, deviations above 0");
  }
  return {};
}

Result<void> CheckPercentiles(const std::vector<double>& percentiles) {
  if (percentiles.empty()) return {};
  const bool in_range = std::all_of(percentiles.begin(), percentiles.end(),
                                    [](double value) { return value >= 0.0 && value <= 1.0; });
  if (percentiles.size() != MfCheckpoint::kPercentiles || !in_range ||
      !std::is_sorted(percentiles.begin(), percentiles.end())) {
    return Invalid("win_rate_percentiles must be 101 ascending numbers in [0, 1]");
  }
  return {};
}

std::size_t ContextInputs(const OwnLabels& own) {
  return kBaseColumns + (own.embedding ? own.embedding->embedder.dimension : 0);
}

Result<void> CheckOwnLabels(const std::optional<OwnLabels>& own) {
  if (!own) return {};
  if (const auto known = text::HashedFeatures::Create(own->features); !known)
    return tl::unexpected(known.error());
  const std::size_t buckets = own->features.Buckets();
  if (own->idf.size() != buckets || own->weights.size() != buckets * OwnLabels::kWeights)
    return Invalid("there are not the weights of each hashed feature");
  if (!AllFinite(own->idf) || !AllFinite(own->weights))
    return Invalid("a weight of a hashed feature is not finite");
  if (own->context.weights.size() != ContextFunction::kSize * ContextInputs(*own) ||
      own->context.biases.size() != ContextFunction::kSize) {
    return Invalid("the context has not one weight for each of its inputs");
  }
  if (!AllFinite(own->context.weights) || !AllFinite(own->context.biases))
    return Invalid("a weight of the context is not finite");
  if (!(own->prior_share >= 0.0 && own->prior_share <= 1.0))
    return Invalid("the share of the prior must lie in [0, 1]");
  if (const auto& embedding = own->embedding) {
    if (embedding->weights.empty() || embedding->weights.size() != embedding->embedder.dimension)
      return Invalid("there is not one weight for each number of an embedding");
    if (!AllFinite(embedding->weights)) return Invalid("a weight of the embedding is not finite");
  }
  return CheckFunction(own->columns, kPromptColumns, "own_labels");
}

// A linear function is a tensor of weights, and a bias in the metadata.
struct NamedFunction {
  const char* name;
  LinearFunction MfFunctions::*function;
  std::size_t columns;
};
constexpr NamedFunction kFunctions[] = {
    {"easiness", &MfFunctions::easiness, kPromptColumns},
    {"discrimination", &MfFunctions::discrimination, kPromptColumns},
    {"is_chat", &MfFunctions::is_chat, kBaseColumns},
    {"preference", &MfFunctions::preference, kBaseColumns},
};

std::string WeightName(const char* name) { return std::string(name) + ".weight"; }

Json FeaturesEntry(const HashedFeatureSpec& features) {
  return {{"revision", features.revision},
          {"bucket_bits", features.bucket_bits},
          {"min_ngram", features.min_ngram},
          {"max_ngram", features.max_ngram},
          {"word_bigrams", features.word_bigrams}};
}

std::map<std::string, std::string, std::less<>> Metadata(const MfCheckpoint& checkpoint) {
  Json parameters = {{"ability_middle", checkpoint.functions.ability_middle},
                     {"ability_range", checkpoint.functions.ability_range},
                     {"chat_share", checkpoint.functions.chat_share},
                     {"slope", checkpoint.calibration.slope},
                     {"offset", checkpoint.calibration.offset}};
  for (const NamedFunction& entry : kFunctions)
    parameters[std::string(entry.name) + ".bias"] = (checkpoint.functions.*entry.function).bias;
  std::map<std::string, std::string, std::less<>> metadata = {
      {"format", std::string(kFormat)},
      {"format_version", std::string(kFormatVersion)},
      {"prompt_features", Json{{"revision", PromptFeatures::kRevision}}.dump()},
      {"models", Json(checkpoint.models).dump()},
      {"abilities", Json(checkpoint.abilities).dump()},
      {"pair", Json{{"strong", checkpoint.strong_model}, {"weak", checkpoint.weak_model}}.dump()},
      {"parameters", parameters.dump()},
      {"win_rate_percentiles", Json(checkpoint.win_rate_percentiles).dump()},
      {"notes", Json(checkpoint.notes).dump()},
  };
  if (checkpoint.own_labels) {
    Json own = FeaturesEntry(checkpoint.own_labels->features);
    own["bias"] = checkpoint.own_labels->columns.bias;
    own["prior_share"] = checkpoint.own_labels->prior_share;
    own["context"] = ContextFunction::kSize;
    if (const auto& embedding = checkpoint.own_labels->embedding) {
      own["embedding_dimension"] = embedding->embedder.dimension;
      AddEmbedderIdentity(embedding->embedder, metadata);
    }
    metadata.emplace("own_labels", own.dump());
  }
  return metadata;
}

// Reads the parts of one file; the first error stays.
class Reader {
 public:
  explicit Reader(const Safetensors& file) : file_(file) {}

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] bool Has(std::string_view key) const { return file_.metadata().contains(key); }

  // The metadata entry `key`, empty if there is none.
  [[nodiscard]] std::string_view Text(std::string_view key) const {
    const auto found = file_.metadata().find(key);
    return found == file_.metadata().end() ? std::string_view() : std::string_view(found->second);
  }

  // Calls read(json) with the metadata entry `key`.
  template <typename F>
  void Entry(std::string_view key, F read) {
    if (error_) return;
    if (!Has(key)) return Refuse("has no '" + std::string(key) + "' in its metadata");
    try {
      read(Json::parse(Text(key)));
    } catch (const Json::exception&) {
      Refuse("has a garbled '" + std::string(key) + "' in its metadata");
    }
  }

  [[nodiscard]] std::vector<float> Floats(const std::string& name, const Shape& shape) {
    if (error_) return {};
    auto values = file_.Tensor(name, Dtype::kF32, shape).and_then([](const TensorView& tensor) {
      return ToFloats(tensor);
    });
    if (values) return std::move(*values);
    error_ = values.error();
    return {};
  }

  [[nodiscard]] embedding::EmbedderIdentity Embedder(std::size_t dimension) const {
    return ReadEmbedderIdentity(file_.metadata(), dimension);
  }

  void Floats(const std::string& name, BaseValues& into) {
    const std::vector<float> values = Floats(name, Shape{into.size()});
    std::copy(values.begin(), values.end(), into.begin());
  }

  [[nodiscard]] text::WordTable Words() {
    if (error_) return {};
    auto table = ReadWordTable(file_);
    if (table) return std::move(*table);
    error_ = table.error();
    return {};
  }

  void Refuse(const std::string& what) {
    if (!error_) error_ = file_.Invalid(what).value();
  }

 private:
  const Safetensors& file_;
  std::optional<Error> error_;
};

void ReadIdentity(Reader& reader) {
  if (reader.Text("format") != kFormat) return reader.Refuse("is no checkpoint of an mf router");
  if (reader.Text("format_version") != kFormatVersion) {
    return reader.Refuse("has format version '" + std::string(reader.Text("format_version")) +
                         "'; this program reads " + std::string(kFormatVersion));
  }
  reader.Entry("prompt_features", [&](const Json& json) {
    const int revision = json.at("revision").get<int>();
    if (revision != PromptFeatures::kRevision) {
      reader.Refuse("was trained on revision " + std::to_string(revision) +
                    " of the prompt features; this program has revision " +
                    std::to_string(PromptFeatures::kRevision));
    }
  });
}

void ReadMetadata(Reader& reader, MfCheckpoint& checkpoint) {
  reader.Entry("models", [&](const Json& json) { json.get_to(checkpoint.models); });
  reader.Entry("abilities", [&](const Json& json) { json.get_to(checkpoint.abilities); });
  reader.Entry("pair", [&](const Json& json) {
    json.at("strong").get_to(checkpoint.strong_model);
    json.at("weak").get_to(checkpoint.weak_model);
  });
  reader.Entry("parameters", [&](const Json& json) {
    json.at("ability_middle").get_to(checkpoint.functions.ability_middle);
    json.at("ability_range").get_to(checkpoint.functions.ability_range);
    json.at("chat_share").get_to(checkpoint.functions.chat_share);
    json.at("slope").get_to(checkpoint.calibration.slope);
    json.at("offset").get_to(checkpoint.calibration.offset);
    for (const NamedFunction& entry : kFunctions)
      json.at(std::string(entry.name) + ".bias")
          .get_to((checkpoint.functions.*entry.function).bias);
  });
  reader.Entry("win_rate_percentiles",
               [&](const Json& json) { json.get_to(checkpoint.win_rate_percentiles); });
  reader.Entry("notes", [&](const Json& json) {
    const auto notes = json.get<std::map<std::string, std::string>>();
    checkpoint.notes = {notes.begin(), notes.end()};
  });
}

void ReadOwnLabels(Reader& reader, MfCheckpoint& checkpoint) {
  if (!reader.Has("own_labels")) return;
  OwnLabels own;
  std::size_t dimension = 0;  // of the embedding
  reader.Entry("own_labels", [&](const Json& json) {
    json.at("revision").get_to(own.features.revision);
    json.at("bucket_bits").get_to(own.features.bucket_bits);
    json.at("min_ngram").get_to(own.features.min_ngram);
    json.at("max_ngram").get_to(own.features.max_ngram);
    json.at("word_bigrams").get_to(own.features.word_bigrams);
    json.at("bias").get_to(own.columns.bias);
    json.at("prior_share").get_to(own.prior_share);
    dimension = json.value("embedding_dimension", std::size_t{0});
    if (json.value("context", std::size_t{0}) != ContextFunction::kSize) {
      reader.Refuse("was trained on labels by another version of this program: train it again");
    }
  });
  if (reader.error()) return;
  if (const auto known = text::HashedFeatures::Create(own.features); !known)
    return reader.Refuse(known.error().public_message);
  own.columns.weights = reader.Floats("own_labels.columns.weight", {kPromptColumns});
  own.idf = reader.Floats("own_labels.hashed.idf", {own.features.Buckets()});
  own.weights =
      reader.Floats("own_labels.hashed.weight", {own.features.Buckets(), OwnLabels::kWeights});
  if (dimension > 0) {
    own.embedding = EmbeddingFunction{reader.Embedder(dimension),
                                      reader.Floats("own_labels.embedding.weight", {dimension})};
  }
  own.context.weights =
      reader.Floats("own_labels.context.weight", {ContextFunction::kSize, ContextInputs(own)});
  own.context.biases = reader.Floats("own_labels.context.bias", {ContextFunction::kSize});
  checkpoint.own_labels = std::move(own);
}

}  // namespace

Result<void> Validate(const MfCheckpoint& checkpoint) {
  for (const NamedFunction& entry : kFunctions) {
    if (auto valid = CheckFunction(checkpoint.functions.*entry.function, entry.columns, entry.name);
        !valid)
      return valid;
  }
  if (auto words = text::WordVectors::Create(checkpoint.words); !words)
    return tl::unexpected(words.error());
  return CheckNumbers(checkpoint)
      .and_then([&] { return CheckModels(checkpoint); })
      .and_then([&] { return CheckOwnLabels(checkpoint.own_labels); })
      .and_then([&] { return CheckPercentiles(checkpoint.win_rate_percentiles); });
}

Result<void> SaveMfCheckpoint(const MfCheckpoint& checkpoint, const std::string& path) {
  if (auto valid = Validate(checkpoint); !valid) return valid;
  const WordTableTensors words(checkpoint.words);
  auto tensors = words.Views();
  tensors.emplace(
      "columns.mean",
      TensorView{Dtype::kF32, {kBaseColumns}, std::as_bytes(std::span(checkpoint.scale.means))});
  tensors.emplace(
      "columns.deviation",
      TensorView{
          Dtype::kF32, {kBaseColumns}, std::as_bytes(std::span(checkpoint.scale.deviations))});
  for (const NamedFunction& entry : kFunctions) {
    const LinearFunction& function = checkpoint.functions.*entry.function;
    tensors.emplace(WeightName(entry.name),
                    TensorView{Dtype::kF32, {entry.columns}, data::AsBytes(function.weights)});
  }
  if (const auto& own = checkpoint.own_labels) {
    const std::size_t buckets = own->features.Buckets();
    tensors.emplace("own_labels.columns.weight",
                    TensorView{Dtype::kF32, {kPromptColumns}, data::AsBytes(own->columns.weights)});
    tensors.emplace("own_labels.hashed.idf",
                    TensorView{Dtype::kF32, {buckets}, data::AsBytes(own->idf)});
    tensors.emplace(
        "own_labels.hashed.weight",
        TensorView{Dtype::kF32, {buckets, OwnLabels::kWeights}, data::AsBytes(own->weights)});
    tensors.emplace("own_labels.context.weight",
                    TensorView{Dtype::kF32,
                               {ContextFunction::kSize, ContextInputs(*own)},
                               data::AsBytes(own->context.weights)});
    tensors.emplace(
        "own_labels.context.bias",
        TensorView{Dtype::kF32, {ContextFunction::kSize}, data::AsBytes(own->context.biases)});
    if (const auto& embedding = own->embedding) {
      tensors.emplace("own_labels.embedding.weight", TensorView{Dtype::kF32,
                                                                {embedding->embedder.dimension},
                                                                data::AsBytes(embedding->weights)});
    }
  }
  return data::SaveSafetensors(path, tensors, Metadata(checkpoint));
}

Result<MfCheckpoint> ReadMfCheckpoint(const Safetensors& file) {
  Reader reader(file);
  MfCheckpoint checkpoint;
  ReadIdentity(reader);
  ReadMetadata(reader, checkpoint);
  checkpoint.words = reader.Words();
  reader.Floats("columns.mean", checkpoint.scale.means);
  reader.Floats("columns.deviation", checkpoint.scale.deviations);
  for (const NamedFunction& entry : kFunctions)
    (checkpoint.functions.*entry.function).weights =
        reader.Floats(WeightName(entry.name), {entry.columns});
  ReadOwnLabels(reader, checkpoint);
  if (reader.error()) return tl::unexpected(*reader.error());
  if (const auto valid = Validate(checkpoint); !valid)
    return file.Invalid(valid.error().public_message);
  return checkpoint;
}

Result<MfCheckpoint> LoadMfCheckpoint(const std::string& path) {
  return Safetensors::Load(path).and_then(ReadMfCheckpoint);
}

Result<MfCheckpoint> ParseMfCheckpoint(std::span<const std::byte> file, const std::string& origin) {
  return Safetensors::Parse(file, origin).and_then(ReadMfCheckpoint);
}

}  // namespace routellm::routing
