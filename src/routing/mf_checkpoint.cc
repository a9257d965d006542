#include "routing/mf_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"

namespace routellm::routing {
namespace {

using data::Dtype;
using data::Safetensors;
using data::TensorView;
using Json = nlohmann::json;
using Shape = std::vector<std::size_t>;
using text::FeatureBag;
using text::HashedFeatureSpec;

constexpr std::string_view kFormat = "routellm-mf";
constexpr std::string_view kFormatVersion = "1";
constexpr std::string_view kEmbedder = "hashed";

constexpr std::string_view kPercentilesKey = "win_rate_percentiles";

constexpr const char* kHashedCodes = "text_proj.0.hashed.weight";
constexpr const char* kHashedScales = "text_proj.0.hashed.scale";
constexpr const char* kDenseProjection = "text_proj.0.dense.weight";
constexpr const char* kBias = "text_proj.0.bias";
constexpr const char* kModelVectors = "P.weight";
constexpr const char* kClassifier = "classifier.0.weight";

tl::unexpected<Error> Invalid(std::string what) {
  return Fail(ErrorCode::kInvalidData, std::move(what));
}

Result<void> CheckValues(const std::vector<float>& values, std::size_t size, const char* name) {
  if (values.size() != size)
    return Invalid(std::string(name) + " has a size that does not fit the other tensors");
  const bool finite =
      std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (!finite) return Invalid(std::string(name) + " holds a value that is not finite");
  return {};
}

Result<void> CheckModels(const MfCheckpoint& checkpoint) {
  const std::set<std::string_view> distinct(checkpoint.models.begin(), checkpoint.models.end());
  if (distinct.size() < 2 || distinct.size() != checkpoint.models.size() ||
      distinct.count("") != 0) {
    return Invalid("models must be two or more distinct names");
  }
  for (const std::string& model : {checkpoint.strong_model, checkpoint.weak_model}) {
    if (distinct.count(model) == 0)
      return Invalid("the default pair names '" + model + "', which is none of the models");
  }
  if (checkpoint.strong_model == checkpoint.weak_model)
    return Invalid("the default pair names one model twice");
  for (std::size_t m = 0; m < checkpoint.models.size(); ++m) {
    const auto row =
        std::span(checkpoint.model_vectors).subspan(m * checkpoint.dimension, checkpoint.dimension);
    if (std::all_of(row.begin(), row.end(), [](float value) { return value == 0.0f; })) {
      return Invalid("the vector of model '" + checkpoint.models[m] + "' is zero");
    }
  }
  return {};
}

// Rows of 8-bit codes with one scale each: value = code * scale.
struct QuantisedRows {
  std::vector<std::int8_t> codes;
  std::vector<float> scales;
};

QuantisedRows Quantise(const std::vector<float>& values, std::size_t dimension) {
  QuantisedRows rows;
  rows.codes.resize(values.size());
  rows.scales.resize(values.size() / dimension);
  for (std::size_t r = 0; r < rows.scales.size(); ++r) {
    const float* row = values.data() + r * dimension;
    float largest = 0.0f;
    for (std::size_t i = 0; i < dimension; ++i) largest = std::max(largest, std::abs(row[i]));
    const float scale = largest / 127.0f;
    rows.scales[r] = scale;
    if (scale == 0.0f) continue;
    for (std::size_t i = 0; i < dimension; ++i) {
      const float code = std::clamp(std::round(row[i] / scale), -127.0f, 127.0f);
      rows.codes[r * dimension + i] = static_cast<std::int8_t>(code);
    }
  }
  return rows;
}

Result<void> CheckPercentiles(const std::vector<double>& percentiles) {
  if (percentiles.empty()) return {};
  // Written so that NaN fails.
  const bool in_range = std::all_of(percentiles.begin(), percentiles.end(),
                                    [](double value) { return value >= 0.0 && value <= 1.0; });
  if (percentiles.size() != MfCheckpoint::kPercentiles || !in_range ||
      !std::is_sorted(percentiles.begin(), percentiles.end())) {
    return Invalid("win_rate_percentiles must be 101 ascending numbers in [0, 1]");
  }
  return {};
}

std::map<std::string, std::string, std::less<>> Metadata(const MfCheckpoint& checkpoint) {
  const HashedFeatureSpec& features = checkpoint.features;
  std::map<std::string, std::string, std::less<>> metadata = {
      {"format", std::string(kFormat)},
      {"format_version", std::string(kFormatVersion)},
      {"embedder", Json{{"name", kEmbedder},
                        {"revision", features.revision},
                        {"bucket_bits", features.bucket_bits},
                        {"min_ngram", features.min_ngram},
                        {"max_ngram", features.max_ngram},
                        {"word_bigrams", features.word_bigrams}}
                       .dump()},
      {"models", Json(checkpoint.models).dump()},
      {"pair", Json{{"strong", checkpoint.strong_model}, {"weak", checkpoint.weak_model}}.dump()},
      {"calibration", Json{{"slope", checkpoint.slope}, {"offset", checkpoint.offset}}.dump()},
      {"notes", Json(checkpoint.notes).dump()},
  };
  if (!checkpoint.win_rate_percentiles.empty()) {
    metadata.emplace(kPercentilesKey, Json(checkpoint.win_rate_percentiles).dump());
  }
  return metadata;
}

// The metadata entry `key` as JSON of type T.
template <typename T>
Result<T> Read(const Safetensors& file, std::string_view key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    return file.Invalid("has no '" + std::string(key) + "' in its metadata");
  try {
    return Json::parse(found->second).get<T>();
  } catch (const Json::exception&) {
    return file.Invalid("has a garbled '" + std::string(key) + "' in its metadata");
  }
}

struct EmbedderEntry {
  std::string name;
  HashedFeatureSpec features;
};

void from_json(const Json& json, EmbedderEntry& entry) {
  json.at("name").get_to(entry.name);
  json.at("revision").get_to(entry.features.revision);
  json.at("bucket_bits").get_to(entry.features.bucket_bits);
  json.at("min_ngram").get_to(entry.features.min_ngram);
  json.at("max_ngram").get_to(entry.features.max_ngram);
  json.at("word_bigrams").get_to(entry.features.word_bigrams);
}

struct PairEntry {
  std::string strong;
  std::string weak;
};

void from_json(const Json& json, PairEntry& entry) {
  json.at("strong").get_to(entry.strong);
  json.at("weak").get_to(entry.weak);
}

struct CalibrationEntry {
  double slope = 1.0;
  double offset = 0.0;
};

void from_json(const Json& json, CalibrationEntry& entry) {
  json.at("slope").get_to(entry.slope);
  json.at("offset").get_to(entry.offset);
}

Result<void> ReadMetadata(const Safetensors& file, MfCheckpoint& checkpoint) {
  const auto entry = [&](std::string_view key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string_view() : std::string_view(found->second);
  };
  if (entry("format") != kFormat) return file.Invalid("is no checkpoint of an mf router");
  if (entry("format_version") != kFormatVersion) {
    return file.Invalid("has format version '" + std::string(entry("format_version")) +
                        "'; this program reads " + std::string(kFormatVersion));
  }
  auto embedder = Read<EmbedderEntry>(file, "embedder");
  if (!embedder) return tl::unexpected(embedder.error());
  if (embedder->name != kEmbedder)
    return file.Invalid("was trained on the unknown embedder '" + embedder->name + "'");
  auto models = Read<std::vector<std::string>>(file, "models");
  if (!models) return tl::unexpected(models.error());
  auto pair = Read<PairEntry>(file, "pair");
  if (!pair) return tl::unexpected(pair.error());
  auto calibration = Read<CalibrationEntry>(file, "calibration");
  if (!calibration) return tl::unexpected(calibration.error());
  auto notes = Read<std::map<std::string, std::string>>(file, "notes");
  if (!notes) return tl::unexpected(notes.error());
  if (file.metadata().contains(kPercentilesKey)) {
    auto percentiles = Read<std::vector<double>>(file, kPercentilesKey);
    if (!percentiles) return tl::unexpected(percentiles.error());
    checkpoint.win_rate_percentiles = std::move(*percentiles);
  }

  checkpoint.features = embedder->features;
  checkpoint.models = std::move(*models);
  checkpoint.strong_model = std::move(pair->strong);
  checkpoint.weak_model = std::move(pair->weak);
  checkpoint.slope = calibration->slope;
  checkpoint.offset = calibration->offset;
  checkpoint.notes = {notes->begin(), notes->end()};
  return {};
}

Result<std::vector<float>> ReadFloats(const Safetensors& file, const char* name, Shape shape) {
  return file.Tensor(name, Dtype::kF32, shape).and_then([](const TensorView& tensor) {
    return ToFloats(tensor);
  });
}

Result<std::vector<float>> ReadQuantised(const Safetensors& file, Shape shape) {
  const auto codes = file.Tensor(kHashedCodes, Dtype::kI8, shape);
  if (!codes) return tl::unexpected(codes.error());
  auto scales = ReadFloats(file, kHashedScales, {shape[0]});
  if (!scales) return scales;
  auto values = ToFloats(*codes);
  for (std::size_t i = 0; i < values->size(); ++i) (*values)[i] *= (*scales)[i / shape[1]];
  return values;
}

Result<void> ReadTensors(const Safetensors& file, MfCheckpoint& checkpoint) {
  const auto classifier = file.tensors().find(kClassifier);
  if (classifier == file.tensors().end() || classifier->second.shape.size() != 2) {
    return file.Invalid("has no tensor 'classifier.0.weight' of shape [1, d]");
  }
  const std::size_t d = checkpoint.dimension = classifier->second.shape[1];
  if (d == 0 || d > MfCheckpoint::kMaxDimension) return file.Invalid("has an impossible dimension");
  const auto read = [](Result<std::vector<float>> values,
                       std::vector<float>& into) -> Result<void> {
    if (!values) return tl::unexpected(std::move(values.error()));
    into = std::move(*values);
    return {};
  };
  return read(ReadQuantised(file, {checkpoint.features.Buckets(), d}), checkpoint.bucket_embeddings)
      .and_then([&] {
        return read(ReadFloats(file, kDenseProjection, {FeatureBag::kDenseFacts, d}),
                    checkpoint.dense_projection);
      })
      .and_then([&] { return read(ReadFloats(file, kBias, {d}), checkpoint.bias); })
      .and_then([&] {
        return read(ReadFloats(file, kModelVectors, {checkpoint.models.size(), d}),
                    checkpoint.model_vectors);
      })
      .and_then([&] {
        return read(ReadFloats(file, kClassifier, {1, d}), checkpoint.classifier);
      });
}

}  // namespace

Result<void> Validate(const MfCheckpoint& checkpoint) {
  if (const auto known = text::HashedFeatures::Create(checkpoint.features); !known) {
    return tl::unexpected(known.error());
  }
  const std::size_t d = checkpoint.dimension;
  if (d == 0 || d > MfCheckpoint::kMaxDimension)
    return Invalid("the dimension must lie in [1, 4096]");
  if (!std::isfinite(checkpoint.slope) || checkpoint.slope <= 0.0 ||
      !std::isfinite(checkpoint.offset)) {
    return Invalid("the calibration must be a slope above 0 and a finite offset");
  }
  return CheckValues(checkpoint.bucket_embeddings, checkpoint.features.Buckets() * d, kHashedCodes)
      .and_then([&] {
        return CheckValues(checkpoint.dense_projection, FeatureBag::kDenseFacts * d,
                           kDenseProjection);
      })
      .and_then([&] { return CheckValues(checkpoint.bias, d, kBias); })
      .and_then([&] {
        return CheckValues(checkpoint.model_vectors, checkpoint.models.size() * d, kModelVectors);
      })
      .and_then([&] { return CheckValues(checkpoint.classifier, d, kClassifier); })
      .and_then([&] { return CheckModels(checkpoint); })
      .and_then([&] { return CheckPercentiles(checkpoint.win_rate_percentiles); });
}

Result<void> SaveMfCheckpoint(const MfCheckpoint& checkpoint, const std::string& path) {
  if (auto valid = Validate(checkpoint); !valid) return valid;
  const std::size_t d = checkpoint.dimension;
  const std::size_t buckets = checkpoint.features.Buckets();
  const QuantisedRows rows = Quantise(checkpoint.bucket_embeddings, d);
  return data::SaveSafetensors(
      path,
      {{kHashedCodes, {Dtype::kI8, {buckets, d}, data::AsBytes(rows.codes)}},
       {kHashedScales, {Dtype::kF32, {buckets}, data::AsBytes(rows.scales)}},
       {kDenseProjection,
        {Dtype::kF32, {FeatureBag::kDenseFacts, d}, data::AsBytes(checkpoint.dense_projection)}},
       {kBias, {Dtype::kF32, {d}, data::AsBytes(checkpoint.bias)}},
       {kModelVectors,
        {Dtype::kF32, {checkpoint.models.size(), d}, data::AsBytes(checkpoint.model_vectors)}},
       {kClassifier, {Dtype::kF32, {1, d}, data::AsBytes(checkpoint.classifier)}}},
      Metadata(checkpoint));
}

Result<MfCheckpoint> ReadMfCheckpoint(const Safetensors& file) {
  const auto in_file = [&](const Error& error) { return file.Invalid(error.public_message); };
  MfCheckpoint checkpoint;
  if (const auto read = ReadMetadata(file, checkpoint); !read) return tl::unexpected(read.error());
  if (const auto known = text::HashedFeatures::Create(checkpoint.features); !known)
    return in_file(known.error());
  if (const auto read = ReadTensors(file, checkpoint); !read) return tl::unexpected(read.error());
  if (const auto valid = Validate(checkpoint); !valid) return in_file(valid.error());
  return checkpoint;
}

Result<MfCheckpoint> LoadMfCheckpoint(const std::string& path) {
  return Safetensors::Load(path).and_then(ReadMfCheckpoint);
}

Result<MfCheckpoint> ParseMfCheckpoint(std::span<const std::byte> file, const std::string& origin) {
  return Safetensors::Parse(file, origin).and_then(ReadMfCheckpoint);
}

}  // namespace routellm::routing
