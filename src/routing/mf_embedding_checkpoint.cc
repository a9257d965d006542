#include "routing/mf_embedding_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"
#include "routing/pair_metadata.h"
#include "routing/published_models.h"

namespace routellm::routing {
namespace {

using data::Safetensors;
using Json = nlohmann::json;

constexpr std::string_view kModelVectors = "P.weight";
constexpr std::string_view kProjection = "text_proj.0.weight";
constexpr std::string_view kBias = "text_proj.0.bias";
constexpr std::string_view kClassifier = "classifier.0.weight";

// A matrix of floats of any precision.
struct Floats {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;
};

Result<Floats> ReadFloats(const Safetensors& file, std::string_view name) {
  const std::string tensor_name = "tensor '" + std::string(name) + "' ";
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end()) return file.Invalid("has no " + tensor_name);
  const data::TensorView& tensor = found->second;
  if (tensor.shape.size() != 2 || tensor.shape[0] == 0 || tensor.shape[1] == 0)
    return file.Invalid(tensor_name + "must have two dimensions, neither of them 0");
  if (tensor.dtype == data::Dtype::kI8)
    return file.Invalid(tensor_name + "is of type I8, not floats");
  auto values = data::ToFloats(tensor);
  if (!values) return file.Invalid(tensor_name + "is " + values.error().public_message);
  if (!std::all_of(values->begin(), values->end(),
                   [](float value) { return std::isfinite(value); }))
    return file.Invalid(tensor_name + "holds a value that is not finite");
  return Floats{tensor.shape[0], tensor.shape[1], *std::move(values)};
}

Result<void> ReadTensors(const Safetensors& file, MfEmbeddingCheckpoint& checkpoint) {
  auto vectors = ReadFloats(file, kModelVectors);
  if (!vectors) return tl::unexpected(vectors.error());
  auto projection = ReadFloats(file, kProjection);
  if (!projection) return tl::unexpected(projection.error());
  auto classifier = ReadFloats(file, kClassifier);
  if (!classifier) return tl::unexpected(classifier.error());
  const std::size_t d = vectors->columns;
  if (projection->rows != d || classifier->rows != 1 || classifier->columns != d) {
    return file.Invalid(
        "has tensors that do not fit each other: needed are P.weight [models, d], "
        "text_proj.0.weight [d, numbers of an embedding] and classifier.0.weight [1, d]");
  }
  if (file.tensors().contains(kBias)) {
    auto bias = file.Floats(kBias, {d});
    if (!bias) return tl::unexpected(bias.error());
    checkpoint.bias = *std::move(bias);
  }
  checkpoint.dimension = d;
  checkpoint.embedding_dimension = projection->columns;
  checkpoint.embedder = ReadEmbedderIdentity(file.metadata(), projection->columns);
  checkpoint.projection = std::move(projection->values);
  checkpoint.classifier = std::move(classifier->values);
  checkpoint.model_vectors = std::move(vectors->values);
  return {};
}

Result<void> ReadNames(const Safetensors& file, MfEmbeddingCheckpoint& checkpoint) {
  const std::size_t rows = checkpoint.model_vectors.size() / checkpoint.dimension;
  const auto models = file.metadata().find("models");
  if (models == file.metadata().end()) {
    if (rows != std::size(kPublishedModels)) {
      return file.Invalid("has " + std::to_string(rows) +
                          " models but does not name them ('models' in its metadata)");
    }
    checkpoint.models.assign(std::begin(kPublishedModels), std::end(kPublishedModels));
    checkpoint.strong_model = kPublishedStrongModel;
    checkpoint.weak_model = kPublishedWeakModel;
    return {};
  }
  try {
    Json::parse(models->second).get_to(checkpoint.models);
  } catch (const Json::exception&) {
    return file.Invalid("has a garbled 'models' in its metadata");
  }
  auto pair = ReadPairMetadata(file);
  if (!pair) return tl::unexpected(pair.error());
  checkpoint.strong_model = std::move(pair->strong_model);
  checkpoint.weak_model = std::move(pair->weak_model);
  checkpoint.win_rate_quantiles = std::move(pair->win_rate_quantiles);
  return {};
}

Result<void> CheckModels(const Safetensors& file, const MfEmbeddingCheckpoint& checkpoint) {
  const std::size_t d = checkpoint.dimension;
  const auto& models = checkpoint.models;
  const std::set<std::string_view> distinct(models.begin(), models.end());
  if (distinct.size() < 2 || distinct.size() != models.size() || distinct.contains(""))
    return file.Invalid("must name two or more distinct models");
  if (models.size() * d != checkpoint.model_vectors.size()) {
    return file.Invalid("names " + std::to_string(models.size()) + " models for " +
                        std::to_string(checkpoint.model_vectors.size() / d) +
                        " rows of 'P.weight'");
  }
  for (const std::string& model : {checkpoint.strong_model, checkpoint.weak_model}) {
    if (!model.empty() && !distinct.contains(model))
      return file.Invalid("has a 'pair' with '" + model + "', which is none of its models");
  }
  for (std::size_t m = 0; m < models.size(); ++m) {
    const auto row = std::span(checkpoint.model_vectors).subspan(m * d, d);
    if (std::all_of(row.begin(), row.end(), [](float value) { return value == 0.0F; }))
      return file.Invalid("has a vector of zeros for model '" + models[m] + "'");
  }
  return {};
}

}  // namespace

bool IsMfEmbeddingCheckpoint(const Safetensors& file) {
  return file.tensors().contains(kProjection);
}

Result<MfEmbeddingCheckpoint> ReadMfEmbeddingCheckpoint(const Safetensors& file) {
  MfEmbeddingCheckpoint checkpoint;
  return ReadTensors(file, checkpoint)
      .and_then([&] { return ReadNames(file, checkpoint); })
      .and_then([&] { return CheckModels(file, checkpoint); })
      .map([&] { return std::move(checkpoint); });
}

Result<void> SaveMfEmbeddingCheckpoint(const MfEmbeddingCheckpoint& checkpoint,
                                       const std::string& path) {
  const std::size_t d = checkpoint.dimension;
  std::map<std::string, data::TensorView, std::less<>> tensors;
  const auto add = [&](std::string_view name, std::vector<std::size_t> shape,
                       const std::vector<float>& values) {
    tensors[std::string(name)] = {data::Dtype::kF32, std::move(shape), data::AsBytes(values)};
  };
  add(kModelVectors, {checkpoint.models.size(), d}, checkpoint.model_vectors);
  add(kProjection, {d, checkpoint.embedding_dimension}, checkpoint.projection);
  add(kClassifier, {1, d}, checkpoint.classifier);
  if (!checkpoint.bias.empty()) add(kBias, {d}, checkpoint.bias);
  std::map<std::string, std::string, std::less<>> metadata = {
      {"format", "routellm-mf-embedding"}, {"models", Json(checkpoint.models).dump()}};
  AddPairMetadata({checkpoint.strong_model, checkpoint.weak_model, checkpoint.win_rate_quantiles},
                  metadata);
  if (!checkpoint.notes.empty()) metadata["notes"] = Json(checkpoint.notes).dump();
  AddEmbedderIdentity(checkpoint.embedder, metadata);
  return data::SaveSafetensors(path, tensors, metadata);
}

}  // namespace routellm::routing
