#include "embedding/embed_all.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "embedding/hashed_embedder.h"

namespace routellm::embedding {
namespace {

// Fails for texts that are empty.
class Choosy final : public Embedder {
 public:
  [[nodiscard]] const EmbedderIdentity& identity() const override { return hashed_.identity(); }
  [[nodiscard]] Result<Matrix> Embed(std::span<const std::string_view> texts) const override {
    for (const std::string_view text : texts) {
      if (text.empty()) return Fail(ErrorCode::kUpstreamUnavailable, "no server");
    }
    return hashed_.Embed(texts);
  }

 private:
  HashedEmbedder hashed_{32};
};

TEST(EmbedAllTest, KeepsTheOrderAndPassesErrorsOn) {
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("text number " + std::to_string(i));
  std::vector<std::string_view> views(texts.begin(), texts.end());
  const Choosy embedder;
  std::size_t last = 0;
  const auto all = EmbedAll(embedder, views, [&](std::size_t done) {
    EXPECT_GT(done, last);
    last = done;
  });
  ASSERT_TRUE(all);
  EXPECT_EQ(last, 300U);
  EXPECT_EQ(all->values, embedder.Embed(views)->values);
  views[200] = "";
  const auto broken = EmbedAll(embedder, views, [](std::size_t) {});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kUpstreamUnavailable);
  EXPECT_EQ(EmbedAll(embedder, {}, [](std::size_t) {})->rows, 0U);
}

}  // namespace
}  // namespace routellm::embedding
