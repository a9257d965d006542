#include "evaluation/score_prompts.h"

#include <gmock/gmock.h>

#include <variant>

namespace routellm::evaluation {
namespace {

using ::testing::ElementsAre;

// Scores the bytes of a prompt in thousandths; refuses a prompt "bad".
class ByteRouter final : public routing::Router {
 public:
  [[nodiscard]] const routing::RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const routing::Query& query,
                                      const routing::Evidence& evidence) const override {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(evidence));
    if (query.prompt == "bad") return Fail(ErrorCode::kInvalidData, "refused");
    return WinRate::Clamped(static_cast<double>(query.prompt.size()) / 1000.0);
  }

 private:
  routing::RouterInfo info_;
};

TEST(ScorePromptsTest, ScoresEachPromptInItsPlace) {
  std::vector<std::string> prompts;
  for (std::size_t i = 0; i < 1000; ++i) prompts.emplace_back(i, 'x');
  const auto scores = ScorePrompts(ByteRouter(), prompts, 500);
  ASSERT_TRUE(scores);
  ASSERT_EQ(scores->size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ((*scores)[i], static_cast<double>(std::min<std::size_t>(i, 500)) / 1000.0);
  }
}

TEST(ScorePromptsTest, PassesARefusalOn) {
  std::vector<std::string> prompts(300, "good");
  prompts[250] = "bad";
  const auto scores = ScorePrompts(ByteRouter(), prompts, 500);
  ASSERT_FALSE(scores);
  EXPECT_EQ(scores.error().public_message, "refused");
}

// Scores the first number of the embedding.
class FirstNumberRouter final : public routing::Router {
 public:
  FirstNumberRouter() { info_.evidence = routing::EvidenceKind::kEmbedding; }
  [[nodiscard]] const routing::RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const routing::Query& /*query*/,
                                      const routing::Evidence& evidence) const override {
    const auto embedding = routing::EmbeddingOf(evidence, 2);
    if (!embedding) return tl::unexpected(embedding.error());
    return WinRate::Clamped(double{embedding->front()});
  }

 private:
  routing::RouterInfo info_;
};

TEST(ScorePromptsTest, GivesEachPromptItsEmbedding) {
  const std::vector<std::string> prompts{"a", "b", "c"};
  const embedding::Matrix embeddings{3, 2, {0.25F, 9, 0.5F, 9, 0.75F, 9}};
  const auto scores = ScorePrompts(FirstNumberRouter(), prompts, 500, &embeddings);
  ASSERT_TRUE(scores);
  EXPECT_THAT(*scores, ElementsAre(0.25, 0.5, 0.75));
  EXPECT_THAT(ScorePrompts(FirstNumberRouter(), prompts, 500).error().public_message,
              ::testing::HasSubstr("prompt_embeddings"));
  const embedding::Matrix short_of_one{2, 2, {0, 0, 0, 0}};
  EXPECT_THAT(ScorePrompts(FirstNumberRouter(), prompts, 500, &short_of_one).error().public_message,
              ::testing::HasSubstr("2 embeddings for 3 prompts"));
}

TEST(LengthScoresTest, CountsCharacters) {
  EXPECT_THAT(
      LengthScores(std::vector<std::string>{"", "abc", "d\xC3\xA9j\xC3\xA0", "\xF0\x9F\x98\x80"}),
      ElementsAre(0, 3, 4, 1));
}

TEST(RandomScoresTest, TheSeedDecides) {
  EXPECT_EQ(RandomScores(3, 100), RandomScores(3, 100));
  EXPECT_NE(RandomScores(3, 100), RandomScores(4, 100));
}

}  // namespace
}  // namespace routellm::evaluation
