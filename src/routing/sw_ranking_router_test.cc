#include "routing/sw_ranking_router.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <thread>

#include "core/testing/allocations.h"
#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"
#include "routing/bradley_terry.h"

namespace routellm::routing {
namespace {

using data::Dtype;
using ::testing::HasSubstr;

constexpr std::size_t kModels = 14;
constexpr std::size_t kColumns = 40;

std::vector<float> RandomEmbedding(std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(kColumns);
  for (float& value : values) value = normal(random) + 0.3F;
  return values;
}

class SwRankingRouterTest : public testing::Test {
 protected:
  // Battles whose better model wins more often where the first number of the embedding is high.
  explicit SwRankingRouterTest(std::size_t battles = 600) {
    std::mt19937_64 random(5);
    std::string csv = "model_a,model_b,winner\n";
    for (std::size_t i = 0; i < battles; ++i) {
      const auto row = RandomEmbedding(random);
      embeddings_.insert(embeddings_.end(), row.begin(), row.end());
      const std::size_t a = random() % kModels;
      const std::size_t b = (a + 1 + random() % (kModels - 1)) % kModels;
      const double edge = 0.25 * (static_cast<double>(b) - static_cast<double>(a)) * (1.0 + row[0]);
      const double draw = static_cast<double>(random() >> 11) * 0x1p-53;
      const double expected = 1.0 / (1.0 + std::exp(-edge));
      const char* winner = random() % 5 == 0 ? "tie" : draw < expected ? "model_a" : "model_b";
      csv += "m" + std::to_string(a) + ",m" + std::to_string(b) + "," + winner + "\n";
    }
    Write("battles.csv", csv);
    SaveEmbeddings();
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.File(name)) << text;
  }

  void SaveEmbeddings() const {
    EXPECT_TRUE(data::SaveSafetensors(
        folder_.File("e.safetensors"),
        {{"battles",
          {Dtype::kF32, {embeddings_.size() / kColumns, kColumns}, data::AsBytes(embeddings_)}}},
        {}));
  }

  [[nodiscard]] SwRankingOptions Options(Precision precision = Precision::kFloat) const {
    return {folder_.File("battles.csv"), folder_.File("e.safetensors"), precision, "m0", "m9"};
  }

  // The definition as it stands, with all in double.
  [[nodiscard]] double Reference(const std::vector<float>& query) const {
    const auto ranking = RankBattles(folder_.File("battles.csv"));
    const auto length = [](const float* row) {
      double squares = 0.0;
      for (std::size_t i = 0; i < kColumns; ++i) squares += double{row[i]} * row[i];
      return std::sqrt(squares);
    };
    std::vector<double> cosines;
    for (std::size_t r = 0; r < ranking->battles.size(); ++r) {
      const float* row = embeddings_.data() + r * kColumns;
      double dot = 0.0;
      for (std::size_t i = 0; i < kColumns; ++i) dot += double{row[i]} * query[i];
      cosines.push_back(dot == 0.0 ? 0.0 : dot / length(row) / length(query.data()));
    }
    const double largest = *std::max_element(cosines.begin(), cosines.end());
    const std::size_t tiers = ranking->tiers.back() + 1;
    std::vector<double> wins(tiers * tiers);
    for (std::size_t r = 0; r < cosines.size(); ++r) {
      const RankedBattle& battle = ranking->battles[r];
      const std::size_t a = ranking->tiers[battle.model_a];
      const std::size_t b = ranking->tiers[battle.model_b];
      const double weight = largest > 0.0 ? 10.0 * std::pow(10.0, cosines[r] / largest) : 1.0;
      wins[a * tiers + b] += weight * battle.a_wins;
      wins[b * tiers + a] += weight * (1.0 - battle.a_wins);
    }
    std::vector<double> strengths(tiers, 0.0);
    BradleyTerryScratch scratch;
    FitBradleyTerry(wins, strengths, scratch);
    const auto strength = [&](const std::string& model) {
      const auto found = std::find(ranking->models.begin(), ranking->models.end(), model);
      return strengths[ranking->tiers[static_cast<std::size_t>(found - ranking->models.begin())]];
    };
    return 1.0 / (1.0 + std::exp(strength("m9") - strength("m0")));
  }

  [[nodiscard]] std::string Refusal() const {
    const auto router = SwRankingRouter::Load(Options());
    return router ? "accepted" : router.error().ToString();
  }

  TemporaryFolder folder_;
  std::vector<float> embeddings_;
};

// The effect of a battle is what the definition gives with it, less what it gives without.
TEST_F(SwRankingRouterTest, ExplainsByTheMostSimilarBattles) {
  const auto router = SwRankingRouter::Load(Options());
  ASSERT_TRUE(router);
  std::mt19937_64 random(77);
  const std::vector<float> query = RandomEmbedding(random);
  const auto explanation = (*router)->Explain({}, std::span(query));
  ASSERT_TRUE(explanation);
  EXPECT_EQ(explanation->reasons.size(), 20U);
  EXPECT_THAT(explanation->basis, HasSubstr("m0 is in tier"));
  const Reason& first = explanation->reasons.front();
  ASSERT_THAT(first.what, HasSubstr("battle "));
  const std::size_t row = std::stoul(first.what.substr(7)) - 1;
  // Turned away from the query the battle weighs a hundredth of what it did.
  auto moved = embeddings_;
  for (std::size_t i = 0; i < kColumns; ++i) moved[row * kColumns + i] = -query[i];
  std::swap(moved, embeddings_);
  SaveEmbeddings();
  const auto without = SwRankingRouter::Load(Options());
  const double difference = (*router)->Score({}, std::span(query))->value() -
                            (*without)->Score({}, std::span(query))->value();
  EXPECT_NEAR(first.effect, difference, 0.3 * std::abs(difference));
  EXPECT_GT(std::abs(first.effect), 1e-4);
}

TEST_F(SwRankingRouterTest, BattlesOverOnePromptCanShareARow) {
  std::vector<std::int32_t> rows(embeddings_.size() / kColumns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<std::int32_t>(i % 100);
    std::copy_n(embeddings_.begin() + (i % 100) * kColumns, kColumns,
                embeddings_.begin() + static_cast<std::ptrdiff_t>(i * kColumns));
  }
  SaveEmbeddings();
  const auto repeated = SwRankingRouter::Load(Options());
  const auto save_shared = [&](Dtype dtype) {
    ASSERT_TRUE(data::SaveSafetensors(
        folder_.File("e.safetensors"),
        {{"battles",
          {Dtype::kF32, {100, kColumns}, data::AsBytes(embeddings_).first(400 * kColumns)}},
         {"rows", {dtype, {rows.size()}, data::AsBytes(rows)}}},
        {}));
  };
  save_shared(Dtype::kI32);
  const auto shared = SwRankingRouter::Load(Options());
  ASSERT_TRUE(shared) << shared.error().ToString();
  std::mt19937_64 random(8);
  const std::vector<float> query = RandomEmbedding(random);
  EXPECT_EQ((*shared)->Score({}, std::span(query))->value(),
            (*repeated)->Score({}, std::span(query))->value());
  EXPECT_EQ((*shared)->Explain({}, std::span(query))->reasons.front().what,
            (*repeated)->Explain({}, std::span(query))->reasons.front().what);

  save_shared(Dtype::kF32);
  EXPECT_THAT(Refusal(), HasSubstr("tensor 'rows' is not the row of each battle"));
  rows[7] = -1;
  save_shared(Dtype::kI32);
  EXPECT_THAT(Refusal(), HasSubstr("battle 7 has row 4294967295 of 100"));
  rows.pop_back();
  rows[7] = 0;
  save_shared(Dtype::kI32);
  EXPECT_THAT(Refusal(), HasSubstr("has 599 embeddings for 600 battles"));
}

TEST_F(SwRankingRouterTest, WinRatesAreThoseOfTheDefinition) {
  const auto router = SwRankingRouter::Load(Options());
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_EQ((*router)->Info().evidence, EvidenceKind::kEmbedding);
  std::mt19937_64 random(6);
  for (int i = 0; i < 20; ++i) {
    const auto query = RandomEmbedding(random);
    EXPECT_NEAR((*router)->Score({}, std::span(query))->value(), Reference(query), 1e-6);
  }
}

TEST_F(SwRankingRouterTest, AllBattlesCountTheSameWhereNoneIsSimilar) {
  for (float& value : embeddings_) value = std::abs(value);
  SaveEmbeddings();
  const auto router = SwRankingRouter::Load(Options());
  ASSERT_TRUE(router);
  const std::vector<float> zero(kColumns, 0.0F);
  const std::vector<float> opposite(kColumns, -1.0F);
  const double uniform = Reference(zero);
  EXPECT_NEAR((*router)->Score({}, std::span(zero))->value(), uniform, 1e-9);
  EXPECT_NEAR((*router)->Score({}, std::span(opposite))->value(), uniform, 1e-9);
}

TEST_F(SwRankingRouterTest, ModelsOfOneTierAreEven) {
  auto options = Options();
  const auto ranking = RankBattles(options.battles_path);
  ASSERT_TRUE(ranking);
  const auto same = std::adjacent_find(ranking->tiers.begin(), ranking->tiers.end());
  const auto at = static_cast<std::size_t>(same - ranking->tiers.begin());
  ASSERT_LT(at, kModels);
  options.strong_model = ranking->models[at];
  options.weak_model = ranking->models[at + 1];
  const auto router = SwRankingRouter::Load(options);
  ASSERT_TRUE(router);
  EXPECT_EQ((*router)->Score({}, std::span(embeddings_).first(kColumns))->value(), 0.5);
}

TEST_F(SwRankingRouterTest, WrongEvidenceIsAnError) {
  const auto router = SwRankingRouter::Load(Options());
  ASSERT_TRUE(router);
  EXPECT_EQ((*router)->Score({"text"}, {}).error().code, ErrorCode::kInvalidData);
  std::vector<float> query(kColumns + 1, 1.0F);
  EXPECT_EQ((*router)->Score({}, std::span(query)).error().code, ErrorCode::kInvalidData);
  query.pop_back();
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    query[3] = bad;
    EXPECT_EQ((*router)->Score({}, std::span(query)).error().code, ErrorCode::kInvalidData);
  }
}

TEST_F(SwRankingRouterTest, BadDataIsRefused) {
  auto options = Options();
  options.strong_model = "absent";
  EXPECT_THAT(SwRankingRouter::Load(options).error().public_message,
              HasSubstr("no battle is of model 'absent'"));
  options.strong_model = options.weak_model;
  EXPECT_EQ(SwRankingRouter::Load(options).error().code, ErrorCode::kInvalidRequest);
  const std::vector<float> good = embeddings_;
  embeddings_[2 * kColumns + 5] = std::nanf("");
  SaveEmbeddings();
  EXPECT_THAT(Refusal(), HasSubstr("e.safetensors: row 2 holds a number that is not finite"));
  embeddings_ = good;
  std::fill_n(embeddings_.begin() + 3 * kColumns, kColumns, 0.0F);
  SaveEmbeddings();
  EXPECT_THAT(Refusal(), HasSubstr("row 3 is a vector of zeros"));
  embeddings_ = good;
  embeddings_.resize(599 * kColumns);
  SaveEmbeddings();
  EXPECT_THAT(Refusal(), HasSubstr("has 599 embeddings for 600 battles"));
  Write("battles.csv", "model_a,model_b,winner\nm0,m9,model_a\nm0,m9,model_a\n");
  EXPECT_THAT(Refusal(), HasSubstr("the battles do not rank the models"));
  Write("battles.csv", "model_a,model_b,winner\n");
  EXPECT_THAT(Refusal(), HasSubstr("no battles"));
  Write("battles.csv", "model_a,model_b,winner\nm0,m9,me\n");
  EXPECT_THAT(Refusal(), HasSubstr("battles.csv:2: column 'winner'"));
}

TEST_F(SwRankingRouterTest, EightBitsStayCloseToSinglePrecision) {
  const auto exact = SwRankingRouter::Load(Options());
  const auto rounded = SwRankingRouter::Load(Options(Precision::kInt8));
  ASSERT_TRUE(exact && rounded);
  std::mt19937_64 random(8);
  for (int i = 0; i < 200; ++i) {
    const auto query = RandomEmbedding(random);
    EXPECT_NEAR((*rounded)->Score({}, std::span(query))->value(),
                (*exact)->Score({}, std::span(query))->value(), 2e-3);
  }
}

TEST_F(SwRankingRouterTest, FourBitsTellTheSamePromptsApart) {
  const auto exact = SwRankingRouter::Load(Options());
  const auto rounded = SwRankingRouter::Load(Options(Precision::kInt4));
  ASSERT_TRUE(exact && rounded);
  std::mt19937_64 random(8);
  for (int i = 0; i < 200; ++i) {
    const auto query = RandomEmbedding(random);
    EXPECT_NEAR((*rounded)->Score({}, std::span(query))->value(),
                (*exact)->Score({}, std::span(query))->value(), 2e-2);
  }
}

TEST_F(SwRankingRouterTest, AllocatesNothingInTheSteadyStateAndThreadsAgree) {
  for (const Precision precision : {Precision::kFloat, Precision::kInt8, Precision::kInt4}) {
    const auto router = SwRankingRouter::Load(Options(precision));
    const auto query = std::span<const float>(embeddings_).first(kColumns);
    const double expected = (*router)->Score({}, query)->value();
    const std::size_t before = AllocationsOfThisThread();
    EXPECT_EQ((*router)->Score({}, query)->value(), expected);
    EXPECT_EQ(AllocationsOfThisThread(), before);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) EXPECT_EQ((*router)->Score({}, query)->value(), expected);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace routellm::routing
