#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "config/summary.h"
#include "config/testing/environment.h"
#include "core/testing/temporary_folder.h"

namespace routellm::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LoadTest : public testing::Test {
 protected:
  [[nodiscard]] std::string Write(const std::string& text) const {
    const std::string path = folder_.File("routellm.yaml");
    std::ofstream(path) << text;
    return path;
  }

  TemporaryFolder folder_;
  Environment environment_ =
      TestEnvironment({{"OPENAI_API_KEY", "sk-hush"}, {"OPENROUTER_API_KEY", "or-hush"}});
};

std::string ErrorOf(const Result<Config>& config) {
  return config ? "no error" : config.error().ToString();
}

TEST_F(LoadTest, DefaultsAreThoseOfThePythonServer) {
  const auto config = LoadConfig({}, environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->host, "127.0.0.1");
  EXPECT_EQ(config->port, 6060);
  EXPECT_EQ(config->models.size(), 2U);
  EXPECT_EQ(config->models.at("gpt-4-1106-preview").endpoint.host, "api.openai.com");
  EXPECT_TRUE(config->models.contains("openrouter/mistralai/mixtral-8x7b-instruct"));
  EXPECT_EQ(config->routers.at("mf").type, "mf");
  const RouteConfig& route = config->routes.at("default");
  EXPECT_EQ(route.router, "mf");
  EXPECT_EQ(route.threshold.value(), 0.5);
  EXPECT_EQ(route.strong_model, "gpt-4-1106-preview");
  EXPECT_EQ(config->default_route->strong_model, "gpt-4-1106-preview");
}

TEST_F(LoadTest, FlagsSayEverything) {
  ServeFlags flags;
  flags.routers = {"random"};
  flags.router = "mf";
  flags.threshold = "0.25";
  flags.strong_model = "openai/gpt-4o";
  flags.weak_model = "ollama/llama3";
  flags.host = "0.0.0.0";
  flags.port = 0;
  flags.workers = 3;
  flags.verbose = true;
  const auto config = LoadConfig(flags, environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->routers.size(), 2U);
  EXPECT_EQ(config->routes.at("default").router, "mf");
  EXPECT_EQ(config->routes.at("default").threshold.value(), 0.25);
  EXPECT_EQ(config->models.at("ollama/llama3").endpoint.port, "11434");
  EXPECT_EQ(config->host, "0.0.0.0");
  EXPECT_EQ(config->port, 0);
  EXPECT_EQ(config->workers, 3U);
  EXPECT_TRUE(config->verbose);
}

TEST_F(LoadTest, AStrongShareStandsForAThreshold) {
  ServeFlags flags;
  flags.base_url = "http://127.0.0.1:8000/v1";
  flags.strong_model_pct = "0.3";
  const auto config = LoadConfig(flags, environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->routes.at("default").strong_share->value(), 0.3);
  flags.threshold = "0.5";
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)),
              HasSubstr("--strong-model-pct: does not go with --threshold"));
  flags.threshold.reset();
  flags.strong_model_pct = "30";
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)),
              HasSubstr("--strong-model-pct: a share of strong calls must lie between 0 and 1"));
}

TEST_F(LoadTest, BaseUrlAndKeyAreForBothModels) {
  ServeFlags flags;
  flags.strong_model = "strong";
  flags.weak_model = "meta-llama/weak";
  flags.base_url = "http://127.0.0.1:8000/v1";
  flags.api_key = "sk-given";
  const auto config = LoadConfig(flags, environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  for (const auto& [name, model] : config->models) {
    EXPECT_EQ(model.endpoint.host, "127.0.0.1");
    EXPECT_EQ(model.endpoint.upstream_model, name);
    EXPECT_EQ(model.endpoint.auth_header, "authorization: Bearer sk-given");
  }
}

TEST_F(LoadTest, BaseUrlWithoutAKeyTakesTheUsualOneIfThereIsOne) {
  ServeFlags flags;
  flags.strong_model = "strong";
  flags.weak_model = "weak";
  flags.base_url = "http://127.0.0.1:8000/v1";
  EXPECT_EQ(LoadConfig(flags, environment_)->models.at("weak").endpoint.auth_header,
            "authorization: Bearer sk-hush");
  EXPECT_EQ(LoadConfig(flags, TestEnvironment({}))->models.at("weak").endpoint.auth_header, "");
}

TEST_F(LoadTest, WrongFlagsAreAllNamed) {
  ServeFlags flags;
  flags.routers = {"bert", "nosuch"};
  flags.threshold = "2";
  flags.strong_model = "nosuch/model";
  flags.weak_model = "router-x";
  flags.host = "example.com";
  const auto config = LoadConfig(flags, environment_);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kInvalidRequest);
  EXPECT_THAT(ErrorOf(config),
              AllOf(HasSubstr("--routers: this program does not have the router bert yet"),
                    HasSubstr("--routers: there is no router 'nosuch'"), HasSubstr("--threshold: "),
                    HasSubstr("--strong-model: unknown provider 'nosuch'"),
                    HasSubstr("--weak-model: a name must"), HasSubstr("--host: ")));
}

TEST_F(LoadTest, AWrongBaseUrlIsNamedOnce) {
  ServeFlags flags;
  flags.base_url = "nowhere";
  flags.api_key = "sk\n";
  const std::string error = ErrorOf(LoadConfig(flags, environment_));
  EXPECT_EQ(error.find("--base-url"), error.rfind("--base-url")) << error;
  EXPECT_EQ(error.find("--api-key"), error.rfind("--api-key")) << error;
}

TEST_F(LoadTest, RefusesAPairOfOneAndAModelCalledAsTheRoute) {
  ServeFlags flags;
  flags.strong_model = "gpt-4o";
  flags.weak_model = "gpt-4o";
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("nothing is left to route"));
  flags.weak_model = "default";
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("cannot be called 'default'"));
}

TEST_F(LoadTest, NamesTheVariablesThatAreNotSet) {
  const auto config = LoadConfig({}, TestEnvironment({{"OPENAI_API_KEY", ""}}));
  EXPECT_THAT(ErrorOf(config),
              AllOf(HasSubstr("gpt-4-1106-preview: its key variable OPENAI_API_KEY is not set"),
                    HasSubstr("OPENROUTER_API_KEY is not set")));
}

TEST_F(LoadTest, FlagsOfTheServerPrevailOverTheFile) {
  ServeFlags flags;
  flags.config = Write("models: {a: openai/a}\nlisten: 0.0.0.0:80\nworkers: 2\n");
  EXPECT_EQ(LoadConfig(flags, environment_)->port, 80);
  flags.port = 8080;
  flags.host = "::1";
  flags.workers = 0;
  const auto config = LoadConfig(flags, environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->host, "::1");
  EXPECT_EQ(config->port, 8080);
  EXPECT_EQ(config->workers, 0U);
}

TEST_F(LoadTest, OtherFlagsDoNotGoWithAFile) {
  ServeFlags flags;
  flags.config = Write("models: {a: openai/a}\n");
  flags.strong_model = "x";
  flags.routers = {"mf"};
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)),
              AllOf(HasSubstr("--strong-model: does not go with a configuration file"),
                    HasSubstr("--routers: ")));
}

TEST_F(LoadTest, ARouterFileGoesWithTheFlags) {
  ServeFlags flags;
  flags.config = Write("mf: {strong_model: gpt-4-1106-preview}\nbert: {checkpoint_path: a/b}\n");
  flags.routers = {"mf", "random"};
  const auto config = LoadConfig(flags, environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->routers.at("mf").options.strong_model, "gpt-4-1106-preview");
  EXPECT_EQ(config->routers.at("random").type, "random");
  flags.routers = {"bert"};
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("does not have the router bert"));
}

TEST_F(LoadTest, ErrorsNameTheFile) {
  ServeFlags flags;
  flags.config = folder_.File("none.yaml");
  EXPECT_EQ(LoadConfig(flags, environment_).error().code, ErrorCode::kInvalidRequest);
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("none.yaml: No such file"));
  flags.config = folder_.File("");
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("Is a directory"));
  flags.config = Write("models: {a: nosuch/a}\n");
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("routellm.yaml has 1 problem"));
  flags.config = Write(std::string(kMaxYamlBytes + 10, ' '));
  EXPECT_THAT(ErrorOf(LoadConfig(flags, environment_)), HasSubstr("larger than"));
}

TEST_F(LoadTest, CheckingAFileNeedsNoKeys) {
  const auto config =
      ReadConfigFile(Write("models: {a: openai/a, b: ollama/b}\n"), TestEnvironment({}));
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_FALSE(MissingKeys(*config).empty());
  EXPECT_TRUE(ReadConfigFile(Write("mf:\n"), environment_)->models.empty());
}

TEST_F(LoadTest, TheSummaryShowsEverythingButKeys) {
  const auto config = ReadConfigFile(Write("models:\n  big: {model: openai/gpt-4o, price: {input: "
                                           "2.5, output: 10}}\n  small: ollama/llama3\n"
                                           "  other: mistral/x\n"
                                           "routes:\n  r: {router: mf, threshold: 0.25, strong: "
                                           "big, weak: small, when_unscorable: weak}\n"),
                                     environment_);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(Describe(*config),
            "models\n"
            "  big    openai/gpt-4o  https://api.openai.com/v1/chat/completions  OPENAI_API_KEY   "
            "          "
            "$2.5 in, $10 out per million tokens\n"
            "  other  mistral/x      https://api.mistral.ai/v1/chat/completions  MISTRAL_API_KEY "
            "(not set)\n"
            "  small  ollama/llama3  http://127.0.0.1:11434/v1/chat/completions  no key\n"
            "routers\n"
            "  mf  mf  built-in checkpoint\n"
            "routes\n"
            "  r                      mf from 0.25  big or small; without text small\n"
            "  router-NAME-THRESHOLD  any router    big or small; without text small\n");
  EXPECT_THAT(Describe(*config), Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace routellm::config
