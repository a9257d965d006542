#include "routing/mf_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"
#include "routing/testing/random_checkpoint.h"

namespace routellm::routing {
namespace {

MfCheckpoint SmallCheckpoint() { return RandomMfCheckpoint(1, true, 5); }

void ExpectEqual(const LinearFunction& a, const LinearFunction& b) {
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.bias, b.bias);
}

TEST(MfCheckpointTest, WhatIsSavedIsLoaded) {
  const TemporaryFolder folder;
  for (const bool own_labels : {false, true}) {
    MfCheckpoint saved = RandomMfCheckpoint(1, own_labels, 5);
    saved.notes = {{"date", "2025-01-01"}, {"command", "train \"it\""}};
    ASSERT_TRUE(SaveMfCheckpoint(saved, folder.File("mf.safetensors")));
    const auto loaded = LoadMfCheckpoint(folder.File("mf.safetensors"));
    ASSERT_TRUE(loaded) << loaded.error().ToString();
    EXPECT_EQ(loaded->words.words, saved.words.words);
    EXPECT_EQ(loaded->words.codes, saved.words.codes);
    EXPECT_EQ(loaded->words.scales, saved.words.scales);
    EXPECT_EQ(loaded->words.weights, saved.words.weights);
    EXPECT_EQ(loaded->scale.means, saved.scale.means);
    EXPECT_EQ(loaded->scale.deviations, saved.scale.deviations);
    ExpectEqual(loaded->functions.easiness, saved.functions.easiness);
    ExpectEqual(loaded->functions.discrimination, saved.functions.discrimination);
    ExpectEqual(loaded->functions.is_chat, saved.functions.is_chat);
    ExpectEqual(loaded->functions.preference, saved.functions.preference);
    EXPECT_EQ(loaded->functions.ability_middle, saved.functions.ability_middle);
    EXPECT_EQ(loaded->functions.ability_range, saved.functions.ability_range);
    EXPECT_EQ(loaded->functions.chat_share, saved.functions.chat_share);
    EXPECT_EQ(loaded->models, saved.models);
    EXPECT_EQ(loaded->abilities, saved.abilities);
    EXPECT_EQ(loaded->strong_model, saved.strong_model);
    EXPECT_EQ(loaded->weak_model, saved.weak_model);
    EXPECT_EQ(loaded->calibration.slope, saved.calibration.slope);
    EXPECT_EQ(loaded->calibration.offset, saved.calibration.offset);
    EXPECT_EQ(loaded->win_rate_percentiles, saved.win_rate_percentiles);
    EXPECT_EQ(loaded->notes, saved.notes);
    ASSERT_EQ(loaded->own_labels.has_value(), own_labels);
    if (!own_labels) continue;
    EXPECT_EQ(loaded->own_labels->features, saved.own_labels->features);
    EXPECT_EQ(loaded->own_labels->idf, saved.own_labels->idf);
    EXPECT_EQ(loaded->own_labels->weights, saved.own_labels->weights);
    EXPECT_EQ(loaded->own_labels->context.weights, saved.own_labels->context.weights);
    EXPECT_EQ(loaded->own_labels->context.biases, saved.own_labels->context.biases);
    EXPECT_EQ(loaded->own_labels->prior_share, saved.own_labels->prior_share);
    ExpectEqual(loaded->own_labels->columns, saved.own_labels->columns);
    ASSERT_TRUE(loaded->own_labels->embedding);
    EXPECT_EQ(loaded->own_labels->embedding->embedder, saved.own_labels->embedding->embedder);
    EXPECT_EQ(loaded->own_labels->embedding->weights, saved.own_labels->embedding->weights);
  }
}

TEST(MfCheckpointTest, RefusesParametersThatDoNotFit) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::function<void(MfCheckpoint&)> changes[] = {
      [](auto& c) { c.words.scales[1] = kNan; },
      [](auto& c) { c.words.weights[1] = 0.0F; },
      [](auto& c) { c.words.codes.pop_back(); },
      [](auto& c) { c.words.words[1] = c.words.words[0]; },
      [](auto& c) { c.words.words[1] = ""; },
      [](auto& c) { c.scale.means[0] = kInfinity; },
      [](auto& c) { c.scale.deviations[0] = 0.0F; },
      [](auto& c) { c.functions.easiness.weights[17] = kNan; },
      [](auto& c) { c.functions.easiness.weights.pop_back(); },
      [](auto& c) { c.functions.discrimination.bias = kNan; },
      [](auto& c) { c.functions.is_chat.weights.push_back(0.0F); },
      [](auto& c) { c.functions.preference.weights.clear(); },
      [](auto& c) { c.functions.ability_range = 0.0; },
      [](auto& c) { c.functions.chat_share = 1.5; },
      [](auto& c) { c.abilities[2] = kInfinity; },
      [](auto& c) { c.abilities.pop_back(); },
      [](auto& c) { c.own_labels->prior_share = 1.5; },
      [](auto& c) { c.own_labels->idf.pop_back(); },
      [](auto& c) { c.own_labels->weights[9] = kNan; },
      [](auto& c) { c.own_labels->weights.pop_back(); },
      [](auto& c) { c.own_labels->context.weights.pop_back(); },
      [](auto& c) { c.own_labels->context.weights[40] = kInfinity; },
      [](auto& c) { c.own_labels->context.biases[3] = kNan; },
      [](auto& c) { c.own_labels->context.biases.clear(); },
      [](auto& c) { c.own_labels->features.revision += 1; },
      [](auto& c) { c.own_labels->columns.weights.clear(); },
      [](auto& c) { c.own_labels->embedding->weights.pop_back(); },
      [](auto& c) { c.own_labels->embedding->weights[2] = kInfinity; },
      [](auto& c) { c.own_labels->embedding = EmbeddingFunction{}; },
      [](auto& c) { c.models.pop_back(); },
      [](auto& c) { c.models[2] = "model-0"; },
      [](auto& c) { c.models[2] = ""; },
      [](auto& c) { c.strong_model = "absent"; },
      [](auto& c) { c.weak_model = c.strong_model; },
      [](auto& c) { c.calibration.slope = 0.0; },
      [](auto& c) { c.calibration.slope = kNan; },
      [](auto& c) { c.calibration.offset = kInfinity; },
      [](auto& c) { c.win_rate_percentiles.pop_back(); },
      [](auto& c) { c.win_rate_percentiles[50] = c.win_rate_percentiles[51] + 1e-6; },
      [](auto& c) { c.win_rate_percentiles[100] = 1.1; },
      [](auto& c) { c.win_rate_percentiles[7] = kNan; },
  };
  const TemporaryFolder folder;
  ASSERT_TRUE(Validate(SmallCheckpoint()));
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    MfCheckpoint checkpoint = SmallCheckpoint();
    changes[i](checkpoint);
    const auto saved = SaveMfCheckpoint(checkpoint, folder.File("a"));
    ASSERT_FALSE(saved) << i;
    EXPECT_EQ(saved.error().code, ErrorCode::kInvalidData) << i;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.File("a")));
}

// The file of SmallCheckpoint() with other metadata, or with tensors taken out or replaced.
class MfCheckpointFileTest : public ::testing::Test {
 protected:
  MfCheckpointFileTest() {
    EXPECT_TRUE(SaveMfCheckpoint(SmallCheckpoint(), Path()));
    file_.emplace(std::move(*data::Safetensors::Load(Path())));
    metadata_ = file_->metadata();
    tensors_ = file_->tensors();
  }

  [[nodiscard]] std::string Path() const { return folder_.File("mf.safetensors"); }

  // The message of the error that loading the changed file gives; empty if it loads.
  [[nodiscard]] std::string LoadError() const {
    EXPECT_TRUE(data::SaveSafetensors(folder_.File("changed"), tensors_, metadata_));
    const auto loaded = LoadMfCheckpoint(folder_.File("changed"));
    if (loaded) return "";
    EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidData);
    EXPECT_TRUE(loaded.error().public_message.starts_with(folder_.File("changed") + ": "));
    return loaded.error().public_message;
  }

  TemporaryFolder folder_;
  std::optional<data::Safetensors> file_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::map<std::string, data::TensorView, std::less<>> tensors_;
};

TEST_F(MfCheckpointFileTest, LoadsUnchanged) { EXPECT_EQ(LoadError(), ""); }

TEST_F(MfCheckpointFileTest, RefusesAnotherFormat) {
  metadata_["format"] = "pt";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("no checkpoint of an mf router"));
}

TEST_F(MfCheckpointFileTest, RefusesALaterVersion) {
  metadata_["format_version"] = "3";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("format version '3'"));
}

TEST_F(MfCheckpointFileTest, RefusesOtherRulesOfExtraction) {
  metadata_["prompt_features"] = R"({"revision": 999})";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("revision 999"));
}

TEST_F(MfCheckpointFileTest, RefusesLabelsThatWereLearntWithAnotherContext) {
  for (const char* context : {"", R"("context":14,)"}) {
    std::string& own = metadata_.at("own_labels");
    const std::string kept = own;
    const std::string written = R"("context":15,)";
    const std::size_t at = own.find(written);
    ASSERT_NE(at, std::string::npos) << own;
    own.replace(at, written.size(), context);
    EXPECT_THAT(LoadError(), ::testing::HasSubstr("train it again"));
    own = kept;
  }
}

TEST_F(MfCheckpointFileTest, RefusesGarbledMetadata) {
  for (const char* key :
       {"prompt_features", "models", "abilities", "pair", "parameters", "notes"}) {
    const std::string kept = metadata_.at(key);
    for (const char* value : {"", "{", "{}x", "[1]", "7"}) {
      metadata_[key] = value;
      EXPECT_NE(LoadError(), "") << key << ": " << value;
    }
    metadata_.erase(key);
    EXPECT_THAT(LoadError(), ::testing::HasSubstr(key));
    metadata_[key] = kept;
  }
}

TEST_F(MfCheckpointFileTest, TheCalibrationTableMayBeEmptyButNotWrong) {
  metadata_["win_rate_percentiles"] = "[0.1, 0.2]";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("101 ascending numbers"));
  metadata_["win_rate_percentiles"] = "none";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("garbled 'win_rate_percentiles'"));
  metadata_["win_rate_percentiles"] = "[]";
  EXPECT_EQ(LoadError(), "");
}

TEST_F(MfCheckpointFileTest, RefusesMissingTensors) {
  for (const auto& [name, tensor] : file_->tensors()) {
    tensors_.erase(name);
    EXPECT_THAT(LoadError(), ::testing::HasSubstr(name));
    tensors_.emplace(name, tensor);
  }
}

TEST_F(MfCheckpointFileTest, RefusesTensorsOfAnotherShape) {
  for (const auto& [name, tensor] : file_->tensors()) {
    data::TensorView longer = tensor;
    longer.shape.push_back(1);
    tensors_[name] = longer;
    EXPECT_THAT(LoadError(), ::testing::HasSubstr(name));
    tensors_[name] = tensor;
  }
}

TEST_F(MfCheckpointFileTest, RefusesNanScales) {
  std::vector<float> scales(5, 0.5F);
  scales[3] = std::numeric_limits<float>::quiet_NaN();
  tensors_["words.scale"].data = data::AsBytes(scales);
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("out of range for 'irrational'"));
}

TEST_F(MfCheckpointFileTest, RefusesAFileThatIsCutOff) {
  std::filesystem::resize_file(Path(), std::filesystem::file_size(Path()) / 2);
  const auto loaded = LoadMfCheckpoint(Path());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidData);
  EXPECT_THAT(loaded.error().public_message, ::testing::HasSubstr("cut off"));
}

}  // namespace
}  // namespace routellm::routing
