#include "embedding/encoder_embedder.h"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"
#include "data/test_files.h"

namespace routellm::embedding {
namespace {
namespace fs = std::filesystem;

using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using Json = nlohmann::json;

const fs::path kReference = ROUTELLM_REFERENCE "/bert";  // see make_bert.py

struct Expected {
  std::vector<std::string> texts;
  std::vector<std::vector<float>> mean;
  std::vector<std::vector<float>> first;
};

Expected ReadExpected() {
  Expected expected;
  std::ifstream in(kReference / "embeddings.jsonl");
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line);
    expected.texts.push_back(json["text"]);
    expected.mean.push_back(json["mean"]);
    expected.first.push_back(json["cls"]);
  }
  return expected;
}

// Has a copy of the reference's folder that a test may spoil.
class EncoderEmbedderTest : public testing::Test {
 protected:
  EncoderEmbedderTest() { fs::copy(kReference / "model", model_, fs::copy_options::recursive); }

  void Change(const std::string& name, const char* pointer, const Json& value) const {
    std::ifstream in(model_ / name);
    Json json = Json::parse(in);
    json[Json::json_pointer(pointer)] = value;
    std::ofstream(model_ / name) << json;
  }

  void Restore(const std::string& name) const {
    fs::copy_file(kReference / "model" / name, model_ / name, fs::copy_options::overwrite_existing);
  }

  // Makes all weights F32. `convert` may change name, values and shape of each; without a name it
  // is left out.
  template <typename Convert>
  void Rewrite(Convert convert) const {
    const std::string path = model_ / "model.safetensors";
    const auto file = data::Safetensors::Load(path);
    std::map<std::string, std::vector<float>> values;
    std::map<std::string, data::TensorView, std::less<>> tensors;
    for (const auto& [old_name, tensor] : file->tensors()) {
      std::string name = old_name;
      std::vector<float> floats = *data::ToFloats(tensor);
      std::vector<std::size_t> shape = tensor.shape;
      convert(name, floats, shape);
      if (name.empty()) continue;
      const auto& kept = values[name] = std::move(floats);
      tensors[name] = {data::Dtype::kF32, shape, data::AsBytes(kept)};
    }
    ASSERT_TRUE(data::SaveSafetensors(path, tensors, {}));
  }

  std::string Refusal() const {
    const auto embedder = EncoderEmbedder::Load(model_);
    return embedder ? "accepted" : embedder.error().ToString();
  }

  void ExpectRows(const EncoderEmbedder& embedder,
                  const std::vector<std::vector<float>>& expected) const {
    const std::vector<std::string_view> texts(expected_.texts.begin(), expected_.texts.end());
    const auto rows = embedder.Embed(texts);
    ASSERT_TRUE(rows) << rows.error().ToString();
    ASSERT_EQ(rows->rows, expected.size());
    for (std::size_t i = 0; i < rows->rows; ++i) {
      EXPECT_THAT(rows->Row(i), Pointwise(FloatNear(1e-4F), expected[i])) << texts[i];
    }
  }

  const data::TestFolder folder_;
  const fs::path model_ = folder_.path() / "model";
  const Expected expected_ = ReadExpected();
};

TEST_F(EncoderEmbedderTest, GivesTheReferencesVectors) {
  const auto embedder = EncoderEmbedder::Load(model_);
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  EXPECT_EQ(embedder->settings().max_tokens, 48U);
  EXPECT_EQ(embedder->identity().name, "encoder");
  EXPECT_EQ(embedder->identity().dimension, 32U);
  ExpectRows(*embedder, expected_.mean);
  EXPECT_EQ(embedder->Embed({})->rows, 0U);
}

TEST_F(EncoderEmbedderTest, AVectorOfTheFirstToken) {
  Change("modules.json", "", Json::parse(R"([{"path": "", "type": "a.Transformer"},
                                             {"path": "1_Pooling", "type": "b.Pooling"}])"));
  Change("1_Pooling/config.json", "/pooling_mode_mean_tokens", false);
  Change("1_Pooling/config.json", "/pooling_mode_cls_token", true);
  const auto embedder = EncoderEmbedder::Load(model_);
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  ExpectRows(*embedder, expected_.first);
}

TEST_F(EncoderEmbedderTest, ReadsOtherTypesOfNumbersAndNamesWithAPrefix) {
  const std::string before = EncoderEmbedder::Load(model_)->identity().revision;
  Rewrite([](std::string& name, auto&, auto&) { name = "bert." + name; });
  const auto embedder = EncoderEmbedder::Load(model_);
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  ExpectRows(*embedder, expected_.mean);
  EXPECT_NE(embedder->identity().revision, before);
}

TEST_F(EncoderEmbedderTest, WithoutModulesTheMeanIsNotScaled) {
  fs::remove(model_ / "modules.json");
  const auto embedder = EncoderEmbedder::Load(model_);
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  EXPECT_FALSE(embedder->settings().normalize);
  EXPECT_EQ(embedder->settings().pooling, Pooling::kMean);
  fs::remove(model_ / "sentence_bert_config.json");
  EXPECT_EQ(EncoderEmbedder::Load(model_)->settings().max_tokens, 64U);
  folder_.Write("model/tokenizer_config.json", R"({"model_max_length": 1e30})");
  EXPECT_EQ(EncoderEmbedder::Load(model_)->settings().max_tokens, 64U);
  folder_.Write("model/tokenizer_config.json", R"({"model_max_length": 20})");
  EXPECT_EQ(EncoderEmbedder::Load(model_)->settings().max_tokens, 20U);
}

TEST_F(EncoderEmbedderTest, XlmRobertaGivesTheReferencesVectors) {
  const fs::path folder = ROUTELLM_REFERENCE "/xlm_roberta";  // see make_xlm_roberta.py
  fs::remove_all(model_);
  fs::copy(folder / "model", model_);
  const auto embedder = EncoderEmbedder::Load(model_);
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  EXPECT_EQ(embedder->settings().max_tokens, 64U);
  std::ifstream in(folder / "logits.jsonl");
  std::size_t texts = 0;
  for (std::string line; std::getline(in, line); ++texts) {
    const Json expected = Json::parse(line);
    const auto text = expected["text"].get<std::string>();
    const std::string_view view = text;
    const auto row = embedder->Embed({&view, 1});
    ASSERT_TRUE(row) << row.error().ToString();
    EXPECT_THAT(row->values,
                Pointwise(FloatNear(1e-4F), expected["mean"].get<std::vector<float>>()))
        << line;
  }
  EXPECT_GE(texts, 40U);
  Change("config.json", "/pad_token_id", 70);
  EXPECT_THAT(Refusal(), HasSubstr("pad_token_id leaves none"));
}

TEST_F(EncoderEmbedderTest, RefusesWeightsThatDoNotFit) {
  const auto spoil = [&](const std::string& which, const auto& change) {
    Rewrite([&](std::string& name, std::vector<float>& values, std::vector<std::size_t>& shape) {
      if (name == which) change(name, values, shape);
    });
    const std::string refusal = Refusal();
    Restore("model.safetensors");
    return refusal;
  };
  const std::string bias = "encoder.layer.1.attention.self.key.bias";
  EXPECT_THAT(spoil(bias, [](std::string& name, auto&, auto&) { name.clear(); }),
              HasSubstr("model.safetensors: has no tensor '" + bias + "'"));
  EXPECT_THAT(spoil(bias, [](auto&, auto& values,
                             auto&) { values[5] = std::numeric_limits<float>::quiet_NaN(); }),
              HasSubstr("tensor '" + bias + "' has a number that is not finite, number 5"));
  EXPECT_THAT(spoil("encoder.layer.0.output.dense.weight",
                    [](auto&, auto&, auto& shape) { std::swap(shape[0], shape[1]); }),
              HasSubstr("tensor 'encoder.layer.0.output.dense.weight' is F32[80, 32], not"));
  EXPECT_EQ(Refusal(), "accepted");
  fs::resize_file(model_ / "model.safetensors", 20000);
  EXPECT_THAT(Refusal(), HasSubstr("model.safetensors: "));
  EXPECT_THAT(Refusal(), HasSubstr("cut off"));
}

TEST_F(EncoderEmbedderTest, RefusesWeightsThatLeadNowhere) {
  Rewrite([](const std::string& name, std::vector<float>& values, auto&) {
    if (name == "embeddings.LayerNorm.weight") std::fill(values.begin(), values.end(), 3e38F);
  });
  const std::string_view text = "x";
  const auto rows = EncoderEmbedder::Load(model_)->Embed({&text, 1});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kInvalidData);
}

TEST_F(EncoderEmbedderTest, RefusesWhatItDoesNotKnow) {
  const auto with = [&](const std::string& name, const char* pointer, const Json& value) {
    Change(name, pointer, value);
    const std::string refusal = Refusal();
    Restore(name);
    return refusal;
  };
  EXPECT_THAT(with("config.json", "/model_type", "roberta"),
              HasSubstr("config.json: model_type 'roberta' is not supported, only 'bert' and"));
  EXPECT_THAT(with("config.json", "/hidden_act", "silu"), HasSubstr("hidden_act 'silu' is not"));
  EXPECT_THAT(with("config.json", "/position_embedding_type", "relative_key"),
              HasSubstr("position_embedding_type 'relative_key'"));
  EXPECT_THAT(with("config.json", "/num_attention_heads", 5), HasSubstr("no multiple"));
  EXPECT_THAT(with("config.json", "/hidden_size", -3), HasSubstr("'hidden_size' must be a whole"));
  EXPECT_THAT(with("config.json", "/hidden_size", 64),
              HasSubstr("word_embeddings.weight' is F16[700, 32], not F16[700, 64]"));
  EXPECT_THAT(with("config.json", "/num_hidden_layers", 3),
              HasSubstr("no tensor 'encoder.layer.2."));
  EXPECT_THAT(with("config.json", "", Json::array()), HasSubstr("'model_type' must be a string"));
  EXPECT_THAT(with("modules.json", "/2/type", "x.Dense"), HasSubstr("has other modules than"));
  EXPECT_THAT(with("1_Pooling/config.json", "/pooling_mode_max_tokens", true),
              HasSubstr("asks for a pooling other than"));
  EXPECT_THAT(with("sentence_bert_config.json", "/max_seq_length", 2), HasSubstr("leaves none"));
  EXPECT_THAT(with("sentence_bert_config.json", "/do_lower_case", true),
              HasSubstr("do_lower_case"));
  EXPECT_THAT(with("tokenizer.json", "/model/vocab/more", 700),
              HasSubstr("ids up to 700, model.safetensors has embeddings for 700"));
  EXPECT_EQ(Refusal(), "accepted");
  EXPECT_EQ(EncoderEmbedder::Load(folder_.path()).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::embedding
