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
            HasSubstr("causal_llm (line 4): "), HasSubstr("bert (line 6): "),
            HasSubstr("mf.checkpoint_path (line 9): there is no file routellm/mf_gpt4_augmented"),
            HasSubstr("Hugging Face"), HasSubstr("built-in checkpoint")));
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
