#include "evidence/pool_sources.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "routing/random_router.h"

namespace routellm::evidence {
namespace {

Ask AskFor(std::string prompt, std::shared_ptr<const std::atomic<bool>> cancelled =
                                   std::make_shared<std::atomic<bool>>(false)) {
  return {.prompt = std::move(prompt), .known = {}, .cancelled = std::move(cancelled)};
}

// Vectors of the text's length; waits until it may.
class SlowEmbedder final : public embedding::Embedder {
 public:
  explicit SlowEmbedder(std::vector<std::size_t>& batches, std::shared_future<void> go)
      : batches_(batches), go_(std::move(go)) {}

  [[nodiscard]] const embedding::EmbedderIdentity& identity() const override { return identity_; }
  [[nodiscard]] Result<embedding::Matrix> Embed(
      std::span<const std::string_view> texts) const override {
    batches_.push_back(texts.size());  // of a pool with one thread
    go_.wait();
    embedding::Matrix matrix{texts.size(), 1, {}};
    for (const auto text : texts) matrix.values.push_back(static_cast<float>(text.size()));
    return matrix;
  }

 private:
  std::vector<std::size_t>& batches_;
  std::shared_future<void> go_;
  embedding::EmbedderIdentity identity_{"slow", 1, "1"};
};

TEST(EmbeddingSourceTest, PromptsThatWaitAreEmbeddedTogether) {
  std::vector<std::size_t> batches;
  std::promise<void> go;
  std::vector<std::promise<float>> answers(21);
  auto pool = std::make_unique<WorkerPool>(1);
  EmbeddingSource source(std::make_unique<SlowEmbedder>(batches, go.get_future().share()), *pool);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    source.Get(AskFor(std::string(i + 1, 'x')), [&answers, i](Result<EvidenceValue> value) {
      answers[i].set_value(std::get<std::vector<float>>(*value)[0]);
    });
  }
  go.set_value();
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].get_future().get(), static_cast<float>(i + 1));
  pool.reset();
  std::size_t sum = 0;
  for (const std::size_t size : batches) {
    EXPECT_LE(size, EmbeddingSource::kBatch);
    sum += size;
  }
  EXPECT_EQ(sum, answers.size());
  EXPECT_LT(batches.size(), 10U);
}

TEST(EmbeddingSourceTest, ACancelledAskIsNotEmbedded) {
  std::vector<std::size_t> batches;
  std::promise<void> go;
  go.set_value();
  const auto held = std::make_shared<int>();
  auto pool = std::make_unique<WorkerPool>(1);
  EmbeddingSource source(std::make_unique<SlowEmbedder>(batches, go.get_future().share()), *pool);
  std::promise<void> last;
  source.Get(AskFor("a", std::make_shared<std::atomic<bool>>(true)),
             [held](const Result<EvidenceValue>&) { ADD_FAILURE(); });
  source.Get(AskFor("b"), [&](const Result<EvidenceValue>&) { last.set_value(); });
  last.get_future().wait();
  pool.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ScoringSourceTest, ScoresElsewhere) {
  const routing::RandomRouter router(7);
  const routing::RandomRouter same(7);
  std::promise<WinRate> answer;
  auto pool = std::make_unique<WorkerPool>(1);
  ScoringSource source(router, *pool);
  source.Get(AskFor("x"),
             [&](Result<EvidenceValue> value) { answer.set_value(std::get<WinRate>(*value)); });
  EXPECT_EQ(answer.get_future().get(), *same.Score({.prompt = "x"}, {}));
  pool.reset();
}

}  // namespace
}  // namespace routellm::evidence
