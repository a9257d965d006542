#include "evidence_client/remote_embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "http_client/testing/scripted_server.h"

namespace routellm::evidence_client {
namespace {

using http_client::Answer;
using http_client::ReceivedRequest;
using http_client::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

config::EmbedderConfig At(const ScriptedServer& server, std::size_t dimensions = 0) {
  const std::string url = server.Url("");
  config::EmbedderConfig config{.kind = config::EmbedderKind::kRemote};
  config.endpoint.tls = false;
  config.endpoint.host = "127.0.0.1";
  config.endpoint.port = url.substr(url.rfind(':') + 1);
  config.endpoint.target = "/v1/embeddings";
  config.endpoint.upstream_model = "m";
  config.endpoint.auth_header = "authorization: Bearer sk-secret";
  config.dimensions = dimensions;
  return config;
}

// Vectors of a text's length and its first character, the last text first.
http_client::Reply Vectors(const ReceivedRequest& request, std::size_t) {
  const auto body = nlohmann::json::parse(request.body);
  auto data = nlohmann::json::array();
  const auto& input = body["input"];
  for (std::size_t i = input.size(); i-- > 0;) {
    const auto text = input[i].get<std::string>();
    data.push_back({{"index", i}, {"embedding", {text.size(), text[0] - '0'}}});
  }
  return Answer("200 OK", nlohmann::json{{"data", data}}.dump());
}

TEST(RemoteEmbedderTest, AsksForTheDimensionThatNothingTells) {
  ScriptedServer server(Vectors);
  const auto embedder = RemoteEmbedder::Connect(At(server));
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  EXPECT_EQ((*embedder)->identity(), (embedding::EmbedderIdentity{"remote", 2, "m"}));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(RemoteEmbedderTest, RowsAreThoseOfTheTexts) {
  ScriptedServer server(Vectors);
  const auto embedder = RemoteEmbedder::Connect(At(server, 2)).value();
  EXPECT_THAT(server.requests(), SizeIs(0));
  const std::vector<std::string_view> texts{"1", "", "2222", "33"};
  const auto matrix = embedder->Embed(texts);
  ASSERT_TRUE(matrix) << matrix.error().ToString();
  EXPECT_THAT(matrix->values, ElementsAre(1, 1, 0, 0, 4, 2, 2, 3));
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_TRUE(requests[0].Has("POST /v1/embeddings"));
  EXPECT_TRUE(requests[0].Has("authorization: Bearer sk-secret"));
  EXPECT_EQ(nlohmann::json::parse(requests[0].body)["dimensions"], 2);
}

TEST(RemoteEmbedderTest, ManyTextsAreSeveralRequests) {
  ScriptedServer server(Vectors);
  const auto embedder = RemoteEmbedder::Connect(At(server, 2)).value();
  const std::string large(200'000, '7');
  std::vector<std::string_view> texts(150, "55");
  texts.insert(texts.end(), {large, large});
  const auto matrix = embedder->Embed(texts);
  ASSERT_TRUE(matrix) << matrix.error().ToString();
  EXPECT_EQ(matrix->Row(149)[0], 2.0F);
  EXPECT_EQ(matrix->Row(151)[0], 200'000.0F);
  EXPECT_THAT(server.requests(), SizeIs(4)) << "64, 64, 22 and one large, one large";
  EXPECT_EQ(server.connections(), 1U);
}

TEST(RemoteEmbedderTest, AFailureThatMayPassIsTriedAgain) {
  ScriptedServer server([](const ReceivedRequest& request, std::size_t number) {
    if (number == 0) return Answer("429 Too Many Requests", "{}", "retry-after: 0\r\n");
    return Vectors(request, number);
  });
  const auto embedder = RemoteEmbedder::Connect(At(server, 2)).value();
  EXPECT_TRUE(embedder->Embed(std::vector<std::string_view>{"1"}));
}

TEST(RemoteEmbedderTest, ARefusalSaysWhatTheServerSaysAndNotTheKey) {
  ScriptedServer server([](const ReceivedRequest&, std::size_t) {
    return Answer("400 Bad Request", R"({"error":{"message":"no\nsuch model"}})");
  });
  const auto embedder = RemoteEmbedder::Connect(At(server));
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().code, ErrorCode::kUpstreamUnavailable);
  EXPECT_THAT(embedder.error().ToString(),
              HasSubstr("/v1/embeddings answers with status 400: no such model"));
  EXPECT_THAT(embedder.error().ToString(), Not(HasSubstr("sk-secret")));
}

TEST(RemoteEmbedderTest, VectorsOfAnotherDimensionAreAnError) {
  ScriptedServer server(Vectors);
  const auto embedder = RemoteEmbedder::Connect(At(server, 3)).value();
  const auto matrix = embedder->Embed(std::vector<std::string_view>{"1"});
  ASSERT_FALSE(matrix);
  EXPECT_EQ(matrix.error().code, ErrorCode::kInvalidData);
  EXPECT_THAT(matrix.error().ToString(), HasSubstr("2 numbers, not 3"));
}

}  // namespace
}  // namespace routellm::evidence_client
