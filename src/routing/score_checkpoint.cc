#include "routing/score_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"
#include "embedding/fnv1a.h"
#include "routing/builtin_checkpoint.h"
#include "routing/word_table_file.h"
#include "text/prompt_features.h"

namespace routellm::routing {
namespace {

using data::Dtype;
using data::Safetensors;
using data::TensorView;
using Json = nlohmann::json;

constexpr std::string_view kFormat = "routellm-score";
constexpr std::string_view kFormatVersion = "1";
constexpr const char* kMeans = "columns.mean";
constexpr const char* kDeviations = "columns.deviation";
constexpr const char* kEasiness = "easiness.weight";
constexpr const char* kDiscrimination = "discrimination.weight";

tl::unexpected<Error> Invalid(std::string what) {
  return Fail(ErrorCode::kInvalidData, std::move(what));
}

bool AllFinite(const auto& values) {
  return std::all_of(values.begin(), values.end(), [](auto value) { return std::isfinite(value); });
}

// Tells word tables apart.
std::string Digest(const text::WordTable& words) {
  embedding::Fnv1a hash;
  const WordTableTensors tensors(words);
  for (const auto& [name, view] : tensors.Views()) hash.Add(view.data);
  return fmt::format("{:016x}", hash.value());
}

Result<void> CheckNumbers(const ScoreCheckpoint& checkpoint) {
  for (const auto* function : {&checkpoint.easiness, &checkpoint.discrimination}) {
    if (function->weights.size() != kPromptColumns)
      return Invalid("there is not one weight for each column");
    if (!AllFinite(function->weights) || !std::isfinite(function->bias))
      return Invalid("a weight is not finite");
  }
  if (!AllFinite(checkpoint.scale.means) || !AllFinite(checkpoint.scale.deviations) ||
      std::any_of(checkpoint.scale.deviations.begin(), checkpoint.scale.deviations.end(),
                  [](float deviation) { return deviation <= 0.0F; })) {
    return Invalid("means and deviations of the columns must be finite, deviations above 0");
  }
  if (!(checkpoint.ability_range > 0.0) || !std::isfinite(checkpoint.ability_range) ||
      !std::isfinite(checkpoint.ability_middle)) {
    return Invalid("the range of abilities must be above 0 and finite");
  }
  const auto& thresholds = checkpoint.thresholds;
  if (!AllFinite(thresholds) ||
      std::adjacent_find(thresholds.begin(), thresholds.end(),
                         [](double a, double b) { return a >= b; }) != thresholds.end()) {
    return Invalid("the thresholds must be four ascending numbers");
  }
  const auto& table = checkpoint.win_rate_percentiles;
  const bool in_range = std::all_of(table.begin(), table.end(),
                                    [](double value) { return value >= 0.0 && value <= 1.0; });
  if (!table.empty() && (table.size() != ScoreCheckpoint::kPercentiles || !in_range ||
                         !std::is_sorted(table.begin(), table.end()))) {
    return Invalid("win_rate_percentiles must be 101 ascending numbers in [0, 1]");
  }
  return {};
}

Result<void> CheckModels(const ScoreCheckpoint& checkpoint) {
  const std::set<std::string_view> distinct(checkpoint.models.begin(), checkpoint.models.end());
  if (distinct.empty() || distinct.size() != checkpoint.models.size() || distinct.count("") != 0)
    return Invalid("models must be one or more distinct names");
  if (checkpoint.abilities.size() != checkpoint.models.size() || !AllFinite(checkpoint.abilities))
    return Invalid("there must be one finite ability for each model");
  if (distinct.count(checkpoint.weak_model) == 0)
    return Invalid("the weak model '" + checkpoint.weak_model + "' is none of the models");
  if (checkpoint.strong_model == checkpoint.weak_model)
    return Invalid("the default pair names one model twice");
  return {};
}

std::map<std::string, std::string, std::less<>> Metadata(const ScoreCheckpoint& checkpoint) {
  const Json parameters = {{"ability_middle", checkpoint.ability_middle},
                           {"ability_range", checkpoint.ability_range},
                           {"easiness.bias", checkpoint.easiness.bias},
                           {"discrimination.bias", checkpoint.discrimination.bias},
                           {"thresholds", checkpoint.thresholds}};
  return {
      {"format", std::string(kFormat)},
      {"format_version", std::string(kFormatVersion)},
      {"prompt_features", Json{{"revision", text::PromptFeatures::kRevision}}.dump()},
      {"words", Json{{"digest", Digest(checkpoint.words)}}.dump()},
      {"models", Json(checkpoint.models).dump()},
      {"abilities", Json(checkpoint.abilities).dump()},
      {"pair", Json{{"strong", checkpoint.strong_model}, {"weak", checkpoint.weak_model}}.dump()},
      {"parameters", parameters.dump()},
      {"win_rate_percentiles", Json(checkpoint.win_rate_percentiles).dump()},
      {"notes", Json(checkpoint.notes).dump()},
  };
}

// Calls read(json) with the metadata entry `key`.
template <typename F>
Result<void> ReadEntry(const Safetensors& file, std::string_view key, F read) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    return file.Invalid("has no '" + std::string(key) + "' in its metadata");
  try {
    return read(Json::parse(found->second));
  } catch (const Json::exception&) {
    return file.Invalid("has a garbled '" + std::string(key) + "' in its metadata");
  }
}

Result<void> ReadIdentity(const Safetensors& file) {
  const auto entry = [&](std::string_view key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  if (entry("format") != kFormat) return file.Invalid("is no checkpoint of a score router");
  if (entry("format_version") != kFormatVersion) {
    return file.Invalid(fmt::format("has format version '{}'; this program reads {}",
                                    entry("format_version"), kFormatVersion));
  }
  return ReadEntry(file, "prompt_features", [&](const Json& json) -> Result<void> {
    const int revision = json.at("revision").get<int>();
    if (revision == text::PromptFeatures::kRevision) return {};
    return file.Invalid(
        fmt::format("was trained on revision {} of the prompt features; this program has {}",
                    revision, text::PromptFeatures::kRevision));
  });
}

Result<void> ReadWords(const Safetensors& file, ScoreCheckpoint& checkpoint) {
  checkpoint.holds_words = file.tensors().contains("words");
  auto words = checkpoint.holds_words ? ReadWordTable(file) : BuiltinWords();
  if (!words) return tl::unexpected(words.error());
  checkpoint.words = *std::move(words);
  return ReadEntry(file, "words", [&](const Json& json) -> Result<void> {
    if (json.at("digest").get<std::string>() == Digest(checkpoint.words)) return {};
    return file.Invalid(checkpoint.holds_words
                            ? "has words that are not those of its digest"
                            : "was trained on other words than those of this program");
  });
}

Result<void> ReadMetadata(const Safetensors& file, ScoreCheckpoint& checkpoint) {
  const auto into = [](auto& target) {
    return [&target](const Json& json) -> Result<void> {
      json.get_to(target);
      return {};
    };
  };
  return ReadEntry(file, "models", into(checkpoint.models))
      .and_then([&] { return ReadEntry(file, "abilities", into(checkpoint.abilities)); })
      .and_then([&] {
        return ReadEntry(file, "win_rate_percentiles", into(checkpoint.win_rate_percentiles));
      })
      .and_then([&] {
        return ReadEntry(file, "pair", [&](const Json& json) -> Result<void> {
          json.at("strong").get_to(checkpoint.strong_model);
          json.at("weak").get_to(checkpoint.weak_model);
          return {};
        });
      })
      .and_then([&] {
        return ReadEntry(file, "parameters", [&](const Json& json) -> Result<void> {
          json.at("ability_middle").get_to(checkpoint.ability_middle);
          json.at("ability_range").get_to(checkpoint.ability_range);
          json.at("easiness.bias").get_to(checkpoint.easiness.bias);
          json.at("discrimination.bias").get_to(checkpoint.discrimination.bias);
          json.at("thresholds").get_to(checkpoint.thresholds);
          return {};
        });
      })
      .and_then([&] {
        return ReadEntry(file, "notes", [&](const Json& json) -> Result<void> {
          const auto notes = json.get<std::map<std::string, std::string>>();
          checkpoint.notes = {notes.begin(), notes.end()};
          return {};
        });
      });
}

Result<void> ReadTensors(const Safetensors& file, ScoreCheckpoint& checkpoint) {
  const auto base = [&](const char* name, BaseValues& values) -> Result<void> {
    const auto read = file.Floats(name, {kBaseColumns});
    if (!read) return tl::unexpected(read.error());
    std::copy(read->begin(), read->end(), values.begin());
    return {};
  };
  const auto weights = [&](const char* name, LinearFunction& function) -> Result<void> {
    auto read = file.Floats(name, {kPromptColumns});
    if (!read) return tl::unexpected(read.error());
    function.weights = *std::move(read);
    return {};
  };
  return base(kMeans, checkpoint.scale.means)
      .and_then([&] { return base(kDeviations, checkpoint.scale.deviations); })
      .and_then([&] { return weights(kEasiness, checkpoint.easiness); })
      .and_then([&] { return weights(kDiscrimination, checkpoint.discrimination); });
}

}  // namespace

Result<text::WordTable> BuiltinWords() {
  return Safetensors::Parse(BuiltinMfCheckpoint(), "the built-in checkpoint")
      .and_then(ReadWordTable);
}

Result<void> Validate(const ScoreCheckpoint& checkpoint) {
  if (auto words = text::WordVectors::Create(checkpoint.words); !words)
    return tl::unexpected(words.error());
  return CheckNumbers(checkpoint).and_then([&] { return CheckModels(checkpoint); });
}

Result<void> SaveScoreCheckpoint(const ScoreCheckpoint& checkpoint, const std::string& path) {
  if (auto valid = Validate(checkpoint); !valid) return valid;
  const WordTableTensors words(checkpoint.words);
  std::map<std::string, TensorView, std::less<>> tensors;
  if (checkpoint.holds_words) tensors = words.Views();
  const auto add = [&](const char* name, std::span<const float> values) {
    tensors.emplace(name, TensorView{Dtype::kF32, {values.size()}, std::as_bytes(values)});
  };
  add(kMeans, checkpoint.scale.means);
  add(kDeviations, checkpoint.scale.deviations);
  add(kEasiness, checkpoint.easiness.weights);
  add(kDiscrimination, checkpoint.discrimination.weights);
  return data::SaveSafetensors(path, tensors, Metadata(checkpoint));
}

Result<ScoreCheckpoint> ReadScoreCheckpoint(const Safetensors& file) {
  ScoreCheckpoint checkpoint;
  const auto read = ReadIdentity(file)
                        .and_then([&] { return ReadMetadata(file, checkpoint); })
                        .and_then([&] { return ReadTensors(file, checkpoint); })
                        .and_then([&] { return ReadWords(file, checkpoint); });
  if (!read) return tl::unexpected(read.error());
  if (const auto valid = Validate(checkpoint); !valid)
    return file.Invalid(valid.error().public_message);
  return checkpoint;
}

Result<ScoreCheckpoint> LoadScoreCheckpoint(const std::string& path) {
  return Safetensors::Load(path).and_then(ReadScoreCheckpoint);
}

Result<ScoreCheckpoint> ParseScoreCheckpoint(std::span<const std::byte> file,
                                             const std::string& origin) {
  return Safetensors::Parse(file, origin).and_then(ReadScoreCheckpoint);
}

}  // namespace routellm::routing
