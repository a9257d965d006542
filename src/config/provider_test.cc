#include "config/provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/base_url.h"
#include "config/testing/environment.h"

namespace routellm::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Resolved {
  Endpoint endpoint;
  std::vector<std::string> reports;
};

Resolved Resolve(const ModelSpec& spec, const std::map<std::string, std::string>& variables = {}) {
  Resolved resolved;
  resolved.endpoint = ResolveEndpoint(
      spec, TestEnvironment(variables), [&](std::string_view field, const std::string& message) {
        resolved.reports.push_back(std::string(field) + ": " + message);
      });
  return resolved;
}

ModelSpec Model(std::string model) {
  ModelSpec spec;
  spec.model = std::move(model);
  return spec;
}

ModelSpec ModelAt(std::string model, std::string base_url) {
  ModelSpec spec = Model(std::move(model));
  spec.base_url = std::move(base_url);
  return spec;
}

TEST(ProviderTest, EveryUsualAddressIsOne) {
  for (const Provider& provider : Providers()) {
    if (provider.name == "azure") continue;
    EXPECT_TRUE(ParseBaseUrl(provider.base_url)) << provider.name;
    EXPECT_EQ(FindProvider(provider.name), &provider);
    EXPECT_TRUE(provider.key_variable.empty() || IsVariableName(provider.key_variable));
  }
}

TEST(ProviderTest, KnowsOtherNames) {
  EXPECT_EQ(FindProvider("together_ai"), FindProvider("together"));
  EXPECT_EQ(FindProvider("fireworks_ai"), FindProvider("fireworks"));
  EXPECT_EQ(FindProvider("hosted_vllm"), FindProvider("vllm"));
  EXPECT_EQ(FindProvider("OpenAI"), nullptr);
}

TEST(ResolveTest, PrefixGivesAddressAndKey) {
  const auto [endpoint, reports] =
      Resolve(Model("together/mistralai/Mixtral-8x7B"), {{"TOGETHER_API_KEY", "t-1"}});
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_EQ(endpoint.provider, "together");
  EXPECT_TRUE(endpoint.tls);
  EXPECT_EQ(endpoint.host, "api.together.xyz");
  EXPECT_EQ(endpoint.port, "443");
  EXPECT_EQ(endpoint.target, "/v1/chat/completions");
  EXPECT_EQ(endpoint.upstream_model, "mistralai/Mixtral-8x7B");
  EXPECT_EQ(endpoint.auth_header, "authorization: Bearer t-1");
  EXPECT_EQ(endpoint.key_variable, "TOGETHER_API_KEY");
}

TEST(ResolveTest, NoPrefixMeansOpenAi) {
  const auto [endpoint, reports] = Resolve(Model("gpt-4-1106-preview"), {{"OPENAI_API_KEY", "sk"}});
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_EQ(endpoint.host, "api.openai.com");
  EXPECT_EQ(endpoint.upstream_model, "gpt-4-1106-preview");
}

TEST(ResolveTest, LocalServersNeedNoKey) {
  const auto [endpoint, reports] = Resolve(Model("ollama/llama3"), {{"OPENAI_API_KEY", "sk"}});
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_FALSE(endpoint.tls);
  EXPECT_EQ(endpoint.host, "127.0.0.1");
  EXPECT_EQ(endpoint.port, "11434");
  EXPECT_EQ(endpoint.auth_header, "");
  EXPECT_EQ(endpoint.key_variable, "");
}

TEST(ResolveTest, KeyThatIsNotSetIsLeftToTheCaller) {
  for (const std::map<std::string, std::string>& variables :
       {std::map<std::string, std::string>{}, {{"OPENAI_API_KEY", ""}}}) {
    const auto [endpoint, reports] = Resolve(Model("openai/gpt-4o"), variables);
    EXPECT_THAT(reports, IsEmpty());
    EXPECT_EQ(endpoint.key_variable, "OPENAI_API_KEY");
    EXPECT_EQ(endpoint.auth_header, "");
  }
}

TEST(ResolveTest, UnknownPrefixIsAnErrorThatHelps) {
  EXPECT_THAT(Resolve(Model("opanai/gpt-4o")).reports,
              ElementsAre(HasSubstr("did you mean 'openai'?")));
  EXPECT_THAT(Resolve(Model("bedrock/x")).reports,
              ElementsAre(HasSubstr("known are openai, anthropic")));
  EXPECT_THAT(Resolve(Model("anyscale/mistralai/Mixtral-8x7B-Instruct-v0.1")).reports,
              ElementsAre(HasSubstr("closed")));
}

TEST(ResolveTest, UnknownPrefixBelongsToTheNameOnAServerOfOnesOwn) {
  ModelSpec spec = ModelAt("meta-llama/Llama-3-8B", "http://127.0.0.1:8000/v1");
  spec.key_source = KeySource::kNone;
  const auto [endpoint, reports] = Resolve(spec);
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_EQ(endpoint.upstream_model, "meta-llama/Llama-3-8B");
  EXPECT_EQ(endpoint.provider, "openai");
}

TEST(ResolveTest, UsualKeyDoesNotGoToAnotherAddress) {
  const std::map<std::string, std::string> variables{{"OPENAI_API_KEY", "sk"}, {"OWN_KEY", "own"}};
  ModelSpec spec = ModelAt("openai/m", "https://llm.internal/v1");
  const auto refused = Resolve(spec, variables);
  EXPECT_THAT(refused.reports,
              ElementsAre(HasSubstr("base_url: OPENAI_API_KEY is for another address")));
  EXPECT_EQ(refused.endpoint.auth_header, "");

  spec.api_key_env = "OWN_KEY";
  EXPECT_EQ(Resolve(spec, variables).endpoint.auth_header, "authorization: Bearer own");

  EXPECT_THAT(Resolve(ModelAt("openai/m", "https://api.openai.com/v2"), variables).reports,
              IsEmpty());
  EXPECT_THAT(Resolve(ModelAt("openai/m", "http://api.openai.com/v1"), variables).reports,
              Not(IsEmpty()));
}

TEST(ResolveTest, KeySourcesOtherThanTheProvider) {
  const std::map<std::string, std::string> variables{{"OPENAI_API_KEY", "sk"}};
  ModelSpec spec = ModelAt("openai/m", "https://llm.internal/v1");
  spec.key_source = KeySource::kClient;
  EXPECT_TRUE(Resolve(spec, variables).endpoint.forward_authorization);
  EXPECT_EQ(Resolve(spec, variables).endpoint.auth_header, "");

  spec.key_source = KeySource::kNone;
  EXPECT_FALSE(Resolve(spec, variables).endpoint.forward_authorization);
  EXPECT_EQ(Resolve(spec, variables).endpoint.auth_header, "");

  spec.key_source = KeySource::kProviderIfSet;
  EXPECT_EQ(Resolve(spec, variables).endpoint.auth_header, "authorization: Bearer sk");
  EXPECT_EQ(Resolve(spec, {}).endpoint.key_variable, "");
  EXPECT_THAT(Resolve(spec, {}).reports, IsEmpty());
}

TEST(ResolveTest, LiteralKeyReadsNoVariable) {
  ModelSpec spec = Model("openai/m");
  spec.api_key = "sk-literal";
  const auto [endpoint, reports] = Resolve(spec);
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_EQ(endpoint.auth_header, "authorization: Bearer sk-literal");
  EXPECT_EQ(endpoint.key_variable, "");
}

TEST(ResolveTest, RefusesKeysThatCouldForgeAHeaderAndDoesNotShowThem) {
  for (const char* key : {"sk-secret\n", "sk-secret\r\nx: y", "sk secret", "sk-secret\x01",
                          "sk-s\xc3\xa9"
                          "cret"}) {
    const auto [endpoint, reports] = Resolve(Model("openai/m"), {{"OPENAI_API_KEY", key}});
    EXPECT_THAT(reports, ElementsAre(HasSubstr("the value of OPENAI_API_KEY holds"))) << key;
    EXPECT_THAT(reports.front(), Not(HasSubstr("secret")));
    EXPECT_EQ(endpoint.auth_header, "");
  }
}

TEST(ResolveTest, RefusesAKeyInThePlaceOfItsVariableAndDoesNotShowIt) {
  for (const char* key : {"sk-proj-abc", "gsk_abc", "1ABC", ""}) {
    ModelSpec spec = Model("groq/m");
    spec.api_key_env = key;
    const auto reports = Resolve(spec).reports;
    EXPECT_THAT(reports, ElementsAre(HasSubstr("api_key_env: not the name"))) << key;
    EXPECT_THAT(reports.front(), Not(HasSubstr("abc")));
  }
}

TEST(ResolveTest, RefusesModelNamesThatCouldForgeAnything) {
  for (const std::string name : {"", "openai/", "a\nb", "a\rb", "a\x7f", "\xff", "together/"}) {
    EXPECT_THAT(Resolve(Model(name)).reports, ElementsAre(testing::StartsWith("model: "))) << name;
  }
  EXPECT_THAT(Resolve(Model(std::string(257, 'a'))).reports, ElementsAre(HasSubstr("256")));
}

TEST(AzureTest, BuildsTheDeploymentsTarget) {
  ModelSpec spec = ModelAt("azure/my deployment", "https://res.openai.azure.com/");
  spec.api_version = "2024-06-01";
  const auto [endpoint, reports] = Resolve(spec, {{"AZURE_API_KEY", "k"}});
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_EQ(endpoint.host, "res.openai.azure.com");
  EXPECT_EQ(endpoint.target,
            "/openai/deployments/my%20deployment/chat/completions?api-version=2024-06-01");
  EXPECT_EQ(endpoint.auth_header, "api-key: k");
}

TEST(AzureTest, ReadsItsVariables) {
  const auto [endpoint, reports] =
      Resolve(Model("azure/d"), {{"AZURE_API_BASE", "https://res.openai.azure.com/openai"},
                                 {"AZURE_API_VERSION", "2025-01-01-preview"}});
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_EQ(endpoint.target,
            "/openai/deployments/d/chat/completions?api-version=2025-01-01-preview");
  EXPECT_EQ(endpoint.key_variable, "AZURE_API_KEY");
}

TEST(AzureTest, HasAUsualVersionAndAVersionlessAddress) {
  EXPECT_EQ(Resolve(ModelAt("azure/d", "https://r.openai.azure.com")).endpoint.target,
            "/openai/deployments/d/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(Resolve(ModelAt("azure/d", "https://r.openai.azure.com/openai/v1/")).endpoint.target,
            "/openai/v1/chat/completions");
}

TEST(AzureTest, RefusesAMissingAddressAndABadVersion) {
  EXPECT_THAT(Resolve(Model("azure/d")).reports, ElementsAre(HasSubstr("base_url: azure needs")));
  EXPECT_THAT(Resolve(Model("azure/d"), {{"AZURE_API_BASE", "res"}}).reports,
              ElementsAre(HasSubstr("AZURE_API_BASE: it must begin with http")));
  ModelSpec spec = ModelAt("azure/d", "https://r.openai.azure.com");
  spec.api_version = "1&x=\r\n";
  EXPECT_THAT(Resolve(spec).reports, ElementsAre(HasSubstr("api_version: not an API version")));
  spec.model = "openai/gpt-4o";
  spec.base_url.reset();
  EXPECT_THAT(Resolve(spec).reports, ElementsAre("api_version: only azure has API versions"));
}

}  // namespace
}  // namespace routellm::config
