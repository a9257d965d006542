#include "config/router_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "config/testing/environment.h"
#include "core/testing/temporary_folder.h"

namespace routellm::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// As the Python package's own example file.
constexpr const char* kExample = R"(sw_ranking:
    arena_battle_datasets:
      - lmsys/lmsys-arena-human-preference-55k
causal_llm:
    checkpoint_path: routellm/causal_llm_gpt4_augmented
bert:
    checkpoint_path: routellm/bert_gpt4_augmented
mf:
    checkpoint_path: routellm/mf_gpt4_augmented
)";

struct Read {
  RouterMap routers;
  std::string errors;
};

YamlNode Parse(std::string_view text) {
  Problems problems;
  return ParseYaml(text, problems).value();
}

Read ReadText(std::string_view text, const std::vector<std::string>& enabled) {
  Problems problems;
  Read read{ReadRouterFile(Parse(text), enabled, TestEnvironment({}), problems), {}};
  if (!problems.empty())
    read.errors = problems.ToError(ErrorCode::kInvalidData, "text").value().detail;
  return read;
}

TEST(RouterFileTest, IsKnownByItsKeys) {
  EXPECT_TRUE(IsRouterFile(Parse(kExample)));
  EXPECT_TRUE(IsRouterFile(Parse("mf:\n")));
  EXPECT_FALSE(IsRouterFile(Parse("mf: {}\nmodels: {}\n")));
  EXPECT_FALSE(IsRouterFile(Parse("{}")));
  EXPECT_FALSE(IsRouterFile(Parse("[mf]")));
  EXPECT_THAT(RouterFileNames(Parse(kExample)),
              ElementsAre("sw_ranking", "causal_llm", "bert", "mf"));
}

TEST(RouterFileTest, ReadsTheEnabledRoutersOnly) {
  const auto [routers, errors] = ReadText(
      "bert: {checkpoint_path: a/b}\nmf:\n  strong_model: s\n  weak_model: w\n"
      "  hidden_size: 128\n  use_proj: true\nrandom:\n",
      {"mf", "random"});
  EXPECT_EQ(errors, "");
  EXPECT_EQ(routers.size(), 2U);
  EXPECT_EQ(routers.at("mf").options.strong_model, "s");
  EXPECT_EQ(routers.at("mf").options.weak_model, "w");
  EXPECT_EQ(routers.at("random").type, "random");
}

TEST(RouterFileTest, TakesALocalCheckpoint) {
  const TemporaryFolder folder;
  const std::string file = folder.File("mf.safetensors");
  std::ofstream(file) << "x";
  const auto [routers, errors] = ReadText("mf: {checkpoint_path: " + file + "}", {"mf"});
  EXPECT_EQ(errors, "");
  EXPECT_EQ(routers.at("mf").options.checkpoint_path, file);
}

TEST(RouterFileTest, NamesWhatCannotBeHad) {
  const std::string errors = ReadText(kExample, {"sw_ranking", "causal_llm", "bert", "mf"}).errors;
  EXPECT_THAT(
      errors,
      AllOf(HasSubstr("sw_ranking (line 1): its data sets are on Hugging Face"),
            HasSubstr("causal_llm.checkpoint_path (line 5): there is no folder "
                      "routellm/causal_llm_gpt4_augmented, and nothing is downloaded here"),
            HasSubstr("bert (line 6): "),
            HasSubstr("mf.checkpoint_path (line 9): there is no file routellm/mf_gpt4_augmented"),
            HasSubstr("Hugging Face"), HasSubstr("built-in checkpoint")));
}

TEST(RouterFileTest, CausalLlmIsWhereVllmServesIt) {
  const TemporaryFolder folder;
  const std::string path = folder.File("");
  const auto [routers, errors] = ReadText(
      "causal_llm:\n  checkpoint_path: " + path +
          "\n  score_threshold: 4\n  special_tokens: ['[[1]]', '[[2]]', '[[3]]', '[[4]]', "
          "'[[5]]']\n"
          "  num_outputs: 5\n  model_type: causal\n  model_id: meta-llama/Meta-Llama-3-8B\n"
          "  flash_attention_2: true\n",
      {"causal_llm"});
  EXPECT_EQ(errors, "");
  const ScoringModelConfig& model = *routers.at("causal_llm").scoring_model;
  EXPECT_EQ(model.endpoint.host + ":" + model.endpoint.port, "127.0.0.1:8000");
  EXPECT_EQ(model.endpoint.target, "/v1/completions");
  EXPECT_EQ(model.endpoint.upstream_model, path);
  EXPECT_EQ(model.labels, ScoreLabels::kTokens);
  EXPECT_EQ(model.prompt_folder, path);
}

TEST(RouterFileTest, CausalLlmMayBeElsewhere) {
  const TemporaryFolder folder;
  const auto [routers, errors] =
      ReadText("causal_llm: {checkpoint_path: routellm/causal_llm_gpt4_augmented, prompts: " +
                   folder.File("") +
                   ", base_url: 'http://10.0.0.1:9/v1', model: vllm/judge, api: chat, "
                   "model_id: other/Model, timeout: 5s}",
               {"causal_llm"});
  EXPECT_EQ(errors, "");
  const ScoringModelConfig& model = *routers.at("causal_llm").scoring_model;
  EXPECT_EQ(model.endpoint.host, "10.0.0.1");
  EXPECT_EQ(model.endpoint.target, "/v1/chat/completions");
  EXPECT_EQ(model.endpoint.upstream_model, "judge");
  EXPECT_EQ(model.limits.timeout, std::chrono::milliseconds(5'000));
}

TEST(RouterFileTest, CausalLlmArgumentsOfAnotherModelAreRefused) {
  EXPECT_THAT(ReadText("causal_llm: {}", {"causal_llm"}).errors,
              HasSubstr("causal_llm.checkpoint_path (line 1): is missing"));
  const TemporaryFolder folder;
  const std::string errors =
      ReadText("causal_llm: {checkpoint_path: " + folder.File("") +
                   ", score_threshold: 3, num_outputs: 3, model_type: new_head, special_tokens: "
                   "['[[1]]'], model_id: other/Model, dropout: 0}",
               {"causal_llm"})
          .errors;
  EXPECT_THAT(errors, AllOf(HasSubstr("causal_llm.score_threshold (line 1): must be 4"),
                            HasSubstr("causal_llm.num_outputs (line 1): must be 5"),
                            HasSubstr("causal_llm.model_type (line 1): must be causal"),
                            HasSubstr("causal_llm.special_tokens (line 1): must be [[1]] to [[5]]"),
                            HasSubstr("causal_llm.model_id (line 1): only the template of"),
                            HasSubstr("causal_llm.dropout (line 1): unknown key")));
}

TEST(RouterFileTest, ExplainsOtherPaths) {
  EXPECT_THAT(ReadText("mf: {checkpoint_path: " + testing::TempDir() + "}", {"mf"}).errors,
              HasSubstr("is a folder"));
  EXPECT_THAT(ReadText("mf: {checkpoint_path: ./no/such.safetensors}", {"mf"}).errors,
              AllOf(HasSubstr("there is no file"), Not(HasSubstr("Hugging Face"))));
}

TEST(RouterFileTest, RefusesUnknownArgumentsAndDuplicates) {
  EXPECT_THAT(ReadText("mf: {checkpoint: x}", {"mf"}).errors,
              HasSubstr("mf.checkpoint (line 1): unknown key"));
  EXPECT_THAT(ReadText("random: {seed: 1}", {"random"}).errors,
              HasSubstr("random.seed (line 1): unknown key"));
  EXPECT_THAT(ReadText("mf: {}\nmf: {}\n", {"mf"}).errors,
              HasSubstr("mf (line 2): is given twice"));
}

}  // namespace
}  // namespace routellm::config
