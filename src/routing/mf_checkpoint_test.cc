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

MfCheckpoint SmallCheckpoint() { return RandomMfCheckpoint(1, 10, 4); }

TEST(MfCheckpointTest, WhatIsSavedIsLoaded) {
  const TemporaryFolder folder;
  MfCheckpoint saved = SmallCheckpoint();
  saved.features.max_ngram = 5;
  saved.features.word_bigrams = false;
  saved.notes = {{"date", "2025-01-01"}, {"command", "train \"it\""}};
  ASSERT_TRUE(SaveMfCheckpoint(saved, folder.File("mf.safetensors")));
  const auto loaded = LoadMfCheckpoint(folder.File("mf.safetensors"));
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->features, saved.features);
  EXPECT_EQ(loaded->dimension, saved.dimension);
  EXPECT_EQ(loaded->models, saved.models);
  EXPECT_EQ(loaded->strong_model, saved.strong_model);
  EXPECT_EQ(loaded->weak_model, saved.weak_model);
  EXPECT_EQ(loaded->slope, saved.slope);
  EXPECT_EQ(loaded->offset, saved.offset);
  EXPECT_EQ(loaded->win_rate_percentiles, saved.win_rate_percentiles);
  EXPECT_EQ(loaded->notes, saved.notes);
  EXPECT_EQ(loaded->dense_projection, saved.dense_projection);
  EXPECT_EQ(loaded->bias, saved.bias);
  EXPECT_EQ(loaded->model_vectors, saved.model_vectors);
  EXPECT_EQ(loaded->classifier, saved.classifier);
  ASSERT_EQ(loaded->bucket_embeddings.size(), saved.bucket_embeddings.size());
  for (std::size_t i = 0; i < saved.bucket_embeddings.size(); ++i) {
    // Half a step of the row, whose largest value is at most 1.
    ASSERT_NEAR(loaded->bucket_embeddings[i], saved.bucket_embeddings[i], 0.5001 / 127.0);
  }
}

TEST(MfCheckpointTest, RoundingIsDoneOnce) {
  const TemporaryFolder folder;
  ASSERT_TRUE(SaveMfCheckpoint(SmallCheckpoint(), folder.File("a")));
  const auto first = LoadMfCheckpoint(folder.File("a"));
  ASSERT_TRUE(SaveMfCheckpoint(*first, folder.File("b")));
  const auto second = LoadMfCheckpoint(folder.File("b"));
  for (std::size_t i = 0; i < first->bucket_embeddings.size(); ++i) {
    ASSERT_NEAR(first->bucket_embeddings[i], second->bucket_embeddings[i], 1e-6);
  }
}

TEST(MfCheckpointTest, EmptyBucketsStayZero) {
  const TemporaryFolder folder;
  MfCheckpoint checkpoint = SmallCheckpoint();
  std::fill_n(checkpoint.bucket_embeddings.begin(), 4, 0.0f);
  ASSERT_TRUE(SaveMfCheckpoint(checkpoint, folder.File("a")));
  const auto loaded = LoadMfCheckpoint(folder.File("a"));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(loaded->bucket_embeddings[i], 0.0f);
}

TEST(MfCheckpointTest, RefusesParametersThatDoNotFit) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::function<void(MfCheckpoint&)> changes[] = {
      [](auto& c) { c.bucket_embeddings[17] = kNan; },
      [](auto& c) { c.dense_projection[3] = kInfinity; },
      [](auto& c) { c.bias[0] = kNan; },
      [](auto& c) { c.model_vectors[0] = kNan; },
      [](auto& c) { c.classifier[0] = -kInfinity; },
      [](auto& c) { c.bucket_embeddings.pop_back(); },
      [](auto& c) { c.dense_projection.push_back(0); },
      [](auto& c) { c.bias.clear(); },
      [](auto& c) { c.classifier.push_back(1); },
      [](auto& c) { c.dimension = 0; },
      [](auto& c) { c.dimension = 5; },
      [](auto& c) { c.models.pop_back(); },
      [](auto& c) { c.models[2] = "model-0"; },
      [](auto& c) { c.models[2] = ""; },
      [](auto& c) { c.strong_model = "absent"; },
      [](auto& c) { c.weak_model = c.strong_model; },
      [](auto& c) { std::fill_n(c.model_vectors.begin(), 4, 0.0f); },
      [](auto& c) { c.slope = 0.0; },
      [](auto& c) { c.slope = kNan; },
      [](auto& c) { c.offset = kInfinity; },
      [](auto& c) { c.features.revision += 1; },
      [](auto& c) { c.features.bucket_bits = 11; },
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

  void SetEmbedder(const char* key, const nlohmann::json& value) {
    auto embedder = nlohmann::json::parse(metadata_.at("embedder"));
    embedder[key] = value;
    metadata_["embedder"] = embedder.dump();
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
  metadata_["format_version"] = "2";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("format version '2'"));
}

TEST_F(MfCheckpointFileTest, RefusesAnotherEmbedder) {
  SetEmbedder("name", "text-embedding-3-small");
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("unknown embedder 'text-embedding-3-small'"));
}

TEST_F(MfCheckpointFileTest, RefusesAnotherRevision) {
  SetEmbedder("revision", 999);
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("revision 999"));
}

TEST_F(MfCheckpointFileTest, RefusesImpossibleFeatures) {
  SetEmbedder("bucket_bits", 63);
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("bucket_bits"));
}

TEST_F(MfCheckpointFileTest, RefusesGarbledMetadata) {
  for (const char* key : {"embedder", "models", "pair", "calibration", "notes"}) {
    const std::string kept = metadata_.at(key);
    for (const char* value : {"", "{", "{}x", "[1]", "7"}) {
      metadata_[key] = value;
      EXPECT_THAT(LoadError(), ::testing::HasSubstr(key)) << value;
    }
    metadata_.erase(key);
    EXPECT_THAT(LoadError(), ::testing::HasSubstr(key));
    metadata_[key] = kept;
  }
}

TEST_F(MfCheckpointFileTest, TheCalibrationTableMayBeMissingButNotWrong) {
  metadata_["win_rate_percentiles"] = "[0.1, 0.2]";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("101 ascending numbers"));
  metadata_["win_rate_percentiles"] = "none";
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("garbled 'win_rate_percentiles'"));
  metadata_.erase("win_rate_percentiles");
  EXPECT_EQ(LoadError(), "") << "as older versions wrote it";
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
  std::vector<float> scales(1024, 0.5f);
  scales[3] = std::numeric_limits<float>::quiet_NaN();
  tensors_["text_proj.0.hashed.scale"].data = data::AsBytes(scales);
  EXPECT_THAT(LoadError(), ::testing::HasSubstr("not finite"));
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
