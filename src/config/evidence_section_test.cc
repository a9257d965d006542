#include "config/evidence_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/config_file.h"
#include "config/testing/environment.h"
#include "core/testing/temporary_folder.h"

namespace routellm::config {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  RouterConfig router;
  std::string errors;
};

// The router "r" with these settings.
Read ReadRouter(const std::string& settings, const std::filesystem::path& directory = "/") {
  const Environment environment =
      TestEnvironment({{"OPENAI_API_KEY", "sk-1"}, {"PATH", "/nonexistent::/bin:/usr/bin"}});
  Problems problems;
  const auto root =
      ParseYaml("models: {a: openai/a}\nrouters: {r: {" + settings + "}}\n", problems);
  const Config config = ReadConfig(root.value(), directory, environment, problems);
  Read read{config.routers.at("r"), {}};
  if (!problems.empty())
    read.errors = problems.ToError(ErrorCode::kInvalidData, "text").value().detail;
  return read;
}

TEST(ScoringModelSectionTest, ReadsEveryKey) {
  const TemporaryFolder folder;
  const auto [router, errors] = ReadRouter(
      "type: causal_llm, model: vllm/judge, base_url: 'http://h:1/v1', api: completions, "
      "labels: digits, top_logprobs: 5, prompts: ., timeout: 1s, max_waiting: 3, cache: 1MiB",
      folder.File(""));
  EXPECT_EQ(errors, "");
  ASSERT_TRUE(router.scoring_model);
  EXPECT_EQ(router.scoring_model->endpoint.host, "h");
  EXPECT_EQ(router.scoring_model->endpoint.target, "/v1/completions");
  EXPECT_EQ(router.scoring_model->endpoint.upstream_model, "judge");
  EXPECT_EQ(router.scoring_model->api, ScoringApi::kCompletions);
  EXPECT_EQ(router.scoring_model->labels, ScoreLabels::kDigits);
  EXPECT_EQ(router.scoring_model->top_logprobs, 5U);
  EXPECT_TRUE(std::filesystem::equivalent(router.scoring_model->prompt_folder, folder.File("")));
  EXPECT_EQ(router.scoring_model->limits.timeout, milliseconds(1'000));
  EXPECT_EQ(router.scoring_model->limits.max_waiting, 3U);
  EXPECT_EQ(router.scoring_model->limits.cache_bytes, 1U << 20U);
}

TEST(ScoringModelSectionTest, AsksAChatForTokensByDefault) {
  const auto [router, errors] = ReadRouter("type: causal_llm, model: openai/m");
  EXPECT_EQ(errors, "");
  EXPECT_EQ(router.scoring_model->endpoint.target, "/v1/chat/completions");
  EXPECT_EQ(router.scoring_model->endpoint.auth_header, "authorization: Bearer sk-1");
  EXPECT_EQ(router.scoring_model->labels, ScoreLabels::kTokens);
  EXPECT_TRUE(router.scoring_model->prefill);
  EXPECT_EQ(router.scoring_model->top_logprobs, 20U);
  const auto bare = ReadRouter("type: causal_llm, model: openai/m, labels: digits, prefill: false");
  EXPECT_EQ(bare.errors, "");
  EXPECT_FALSE(bare.router.scoring_model->prefill);
}

TEST(ScoringModelSectionTest, MistakesAreNamed) {
  const auto errors = [](const std::string& more) {
    return ReadRouter("type: causal_llm, " + more).errors;
  };
  EXPECT_THAT(errors("labels: digits"), HasSubstr("routers.r.model (line 2): is missing"));
  EXPECT_THAT(errors("model: openai/m, api: responses"),
              HasSubstr("routers.r.api (line 2): 'responses' is neither chat nor completions"));
  EXPECT_THAT(errors("model: openai/m, labels: words"),
              HasSubstr("routers.r.labels (line 2): 'words' is neither tokens nor digits"));
  EXPECT_THAT(errors("model: openai/m, prefill: false"),
              HasSubstr("routers.r.prefill (line 2): applies to labels: digits in a chat only"));
  EXPECT_THAT(errors("model: openai/m, top_logprobs: 4"), HasSubstr("routers.r.top_logprobs"));
  EXPECT_THAT(errors("model: openai/m, prompts: nonexistent"),
              HasSubstr("routers.r.prompts (line 2): there is no folder /nonexistent"));
  EXPECT_THAT(errors("model: openai/m, base_url: 'http://h', auth: client"),
              HasSubstr("routers.r.auth (line 2): evidence is not asked for with"));
  EXPECT_THAT(errors("model: openai/m, command: [a]"),
              HasSubstr("routers.r.command (line 2): unknown"));
  EXPECT_THAT(
      errors("model: openai/m, checkpoint: /dev/null"),
      HasSubstr("routers.r.checkpoint (line 2): does not apply to a causal_llm router, only "
                "to mf"));
}

TEST(CommandSectionTest, ReadsAProgram) {
  const TemporaryFolder folder;
  const std::string directory = std::filesystem::path(folder.File("x")).parent_path();
  const auto [router, errors] =
      ReadRouter("type: exec, command: [sh, -c, 'a b'], timeout: 1s, max_waiting: 3", directory);
  EXPECT_EQ(errors, "");
  ASSERT_TRUE(router.command);
  EXPECT_THAT(router.command->command, ElementsAre("sh", "-c", "a b"));
  EXPECT_EQ(router.command->folder, directory);
  EXPECT_EQ(router.command->limits.timeout, milliseconds(1'000));
  EXPECT_EQ(router.command->limits.max_waiting, 3U);

  const std::string file = folder.File("score");
  EXPECT_THAT(ReadRouter("type: exec, command: [./score]", directory).errors,
              HasSubstr("routers.r.command (line 2): there is no program ./score"));
  std::ofstream(file) << "#!/bin/sh\n";
  EXPECT_THAT(ReadRouter("type: exec, command: [./score]", directory).errors,
              HasSubstr("there is no program ./score"))
      << "not executable";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  EXPECT_EQ(ReadRouter("type: exec, command: [./score]", directory).errors, "");
}

TEST(CommandSectionTest, MistakesAreNamed) {
  const auto errors = [](const std::string& more) {
    return ReadRouter("type: exec" + more).errors;
  };
  EXPECT_THAT(errors(""), HasSubstr("routers.r.command (line 2): is missing"));
  EXPECT_THAT(errors(", command: python3 x.py"), HasSubstr("routers.r.command (line 2): "));
  EXPECT_THAT(errors(", command: []"), HasSubstr("routers.r.command (line 2): "));
  EXPECT_THAT(errors(", command: [no-such-program]"),
              HasSubstr("routers.r.command (line 2): there is no program no-such-program"));
  EXPECT_THAT(errors(", command: [sh], cache: 1MiB"),
              HasSubstr("routers.r.cache (line 2): unknown"));
  EXPECT_THAT(errors(", command: [sh], model: openai/m"),
              HasSubstr("routers.r.model (line 2): unknown"));
}

}  // namespace
}  // namespace routellm::config
