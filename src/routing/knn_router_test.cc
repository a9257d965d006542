#include "routing/knn_router.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"

namespace routellm::routing {
namespace {

using ::testing::HasSubstr;

KnnCheckpoint RandomCheckpoint(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  KnnCheckpoint checkpoint{.embedder = {"encoder", columns, "abc"},
                           .strong_model = "strong",
                           .weak_model = "weak",
                           .neighbours = 7,
                           .temperature = 0.1,
                           .vectors = {},
                           .scores = {},
                           .labels = {},
                           .graph = {},
                           .breadth = 0,
                           .win_rate_quantiles = {0.25, 0.5, 1.0},
                           .notes = {{"date", "today"}}};
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<float> values(columns);
    double squares = 0.0;
    for (float& value : values) {
      value = normal(random);
      squares += double{value} * value;
    }
    for (const float value : values)
      checkpoint.vectors.push_back(static_cast<float>(value / std::sqrt(squares)));
    checkpoint.scores.push_back(static_cast<float>(random() % 2));
    checkpoint.scores.push_back(static_cast<float>(random() % 5) / 4.0F);
  }
  return checkpoint;
}

std::vector<float> RandomQuery(std::size_t columns, std::uint64_t seed) {
  return RandomCheckpoint(1, columns, seed).vectors;
}

// The definition as it stands: a full sort, all in double.
double Reference(const KnnCheckpoint& checkpoint, const std::vector<float>& query) {
  std::vector<std::pair<double, std::size_t>> similar;
  double length = 0.0;
  for (const float value : query) length += double{value} * value;
  for (std::size_t row = 0; row < checkpoint.queries(); ++row) {
    double dot = 0.0;
    for (std::size_t i = 0; i < query.size(); ++i)
      dot += double{query[i]} * checkpoint.vectors[row * query.size() + i];
    similar.emplace_back(-dot / std::sqrt(length), row);
  }
  std::sort(similar.begin(), similar.end());
  double strong = 0.0;
  double weak = 0.0;
  double weights = 0.0;
  for (std::size_t i = 0; i < checkpoint.neighbours; ++i) {
    const double weight = std::exp(-similar[i].first / checkpoint.temperature);
    strong += weight * checkpoint.scores[2 * similar[i].second];
    weak += weight * checkpoint.scores[2 * similar[i].second + 1];
    weights += weight;
  }
  return 0.5 + (strong / weights - weak / weights) / 2.0;
}

// Leaving a query out changes the win rate by its effect, to first order.
TEST(KnnRouterTest, ExplainsByTheNearestQueries) {
  KnnCheckpoint checkpoint = RandomCheckpoint(300, 20, 1);
  checkpoint.neighbours = 40;
  checkpoint.temperature = 0.5;
  for (std::size_t row = 0; row < 300; ++row)
    checkpoint.labels.push_back("q" + std::to_string(row));
  const std::vector<float> query = RandomQuery(20, 99);
  const auto router = KnnRouter::Create(checkpoint);
  const auto explanation = router->Explain({}, std::span(query));
  ASSERT_TRUE(explanation);
  ASSERT_EQ(explanation->reasons.size(), 40U);
  EXPECT_THAT(explanation->basis, HasSubstr("the 40 most similar training queries"));
  for (std::size_t i = 1; i < 40; ++i) {
    EXPECT_GE(std::abs(explanation->reasons[i - 1].effect),
              std::abs(explanation->reasons[i].effect));
  }
  const Reason& first = explanation->reasons.front();
  const std::size_t row = std::stoul(first.what.substr(1));
  EXPECT_THAT(first.what, HasSubstr("similarity"));
  const double before = router->Score({}, std::span(query))->value();
  KnnCheckpoint without = checkpoint;
  without.neighbours = 39;  // the same others
  without.labels.clear();
  for (std::size_t i = 0; i < 20; ++i) without.vectors[row * 20 + i] *= -1.0F;  // far away
  const double after = KnnRouter::Create(without)->Score({}, std::span(query))->value();
  EXPECT_NEAR(first.effect, before - after, 0.1 * std::abs(before - after));
  EXPECT_GT(std::abs(first.effect), 1e-3);
  EXPECT_THAT(KnnRouter::Create(without)->Explain({}, std::span(query))->reasons.front().what,
              HasSubstr("training query "));
  const std::vector<float> zeros(20);
  EXPECT_TRUE(router->Explain({}, std::span(zeros))->reasons.empty());
}

TEST(KnnRouterTest, LabelsComeBackAsTheyWereSaved) {
  const TemporaryFolder folder;
  const std::string path = folder.File("knn.safetensors");
  KnnCheckpoint checkpoint = RandomCheckpoint(30, 20, 1);
  checkpoint.labels.assign(30, "\"Grüße, ...\"");
  checkpoint.labels[3].clear();
  ASSERT_TRUE(SaveKnnCheckpoint(checkpoint, path));
  const auto loaded = LoadKnnCheckpoint(path);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->labels, checkpoint.labels);
  checkpoint.labels[3] = "two\nlines";
  EXPECT_THAT(SaveKnnCheckpoint(checkpoint, path).error().public_message, HasSubstr("line break"));
  checkpoint.labels.pop_back();
  EXPECT_THAT(SaveKnnCheckpoint(checkpoint, path).error().public_message,
              HasSubstr("one label for each query"));
}

TEST(KnnRouterTest, WinRatesAreThoseOfTheDefinition) {
  const KnnCheckpoint checkpoint = RandomCheckpoint(300, 20, 1);
  const auto router = KnnRouter::Create(checkpoint);
  EXPECT_EQ(router->Info().evidence, EvidenceKind::kEmbedding);
  EXPECT_EQ(router->Info().embedder, checkpoint.embedder);
  EXPECT_EQ(router->Info().strong_model, "strong");
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    auto query = RandomQuery(20, seed);
    EXPECT_NEAR(router->Score({}, std::span(query))->value(), Reference(checkpoint, query), 1e-6);
    for (float& value : query) value *= 3.5F;  // any length
    EXPECT_NEAR(router->Score({}, std::span(query))->value(), Reference(checkpoint, query), 1e-6);
  }
}

TEST(KnnRouterTest, AGraphThatLooksAtAllChangesNothing) {
  KnnCheckpoint checkpoint = RandomCheckpoint(300, 20, 1);
  const auto exact = KnnRouter::Create(checkpoint);
  checkpoint.graph = HnswSearch::Build(checkpoint.vectors, 20)->Graph();
  checkpoint.breadth = 300;
  const auto router = KnnRouter::Create(checkpoint);
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    const auto query = RandomQuery(20, seed);
    EXPECT_NEAR(router->Score({}, std::span(query))->value(),
                exact->Score({}, std::span(query))->value(), 1e-6);
  }
}

TEST(KnnRouterTest, SaysWhatItCannotScore) {
  const KnnCheckpoint checkpoint = RandomCheckpoint(30, 4, 1);
  const auto router = KnnRouter::Create(checkpoint);
  const std::vector<float> bad{1.0F, std::numeric_limits<float>::quiet_NaN(), 0.0F, 0.0F};
  EXPECT_EQ(router->Score({}, std::span(bad)).error().code, ErrorCode::kInvalidData);
  EXPECT_THAT(router->Score({}, std::span(bad).first(3)).error().ToString(),
              HasSubstr("made for 4"));
  EXPECT_EQ(router->Score({"text"}, {}).error().code, ErrorCode::kInvalidData);
  double gain = 0.0;
  for (std::size_t row = 0; row < 30; ++row)
    gain += checkpoint.scores[2 * row] - checkpoint.scores[2 * row + 1];
  const std::vector<float> zero(4, 0.0F);
  EXPECT_NEAR(router->Score({}, std::span(zero))->value(), 0.5 + gain / 60.0, 1e-6);
}

class KnnCheckpointTest : public testing::Test {
 protected:
  // What is said of `checkpoint` when it is to be written.
  [[nodiscard]] static std::string Refusal(const KnnCheckpoint& checkpoint) {
    const auto valid = Validate(checkpoint);
    return valid ? "accepted" : valid.error().ToString();
  }

  // What is said of the file at `path_`.
  [[nodiscard]] std::string FileRefusal() const {
    const auto loaded = LoadKnnCheckpoint(path_);
    return loaded ? "accepted" : loaded.error().ToString();
  }

  // Writes the file anew with what `change` makes of its tensors and metadata.
  template <typename Change>
  void Rewrite(Change change) const {
    const auto file = data::Safetensors::Load(path_);
    ASSERT_TRUE(file);
    auto tensors = file->tensors();
    auto metadata = file->metadata();
    change(tensors, metadata);
    ASSERT_TRUE(data::SaveSafetensors(path_, tensors, metadata));
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("knn.safetensors");
  KnnCheckpoint checkpoint_ = [] {
    KnnCheckpoint checkpoint = RandomCheckpoint(50, 6, 2);
    checkpoint.graph = HnswSearch::Build(checkpoint.vectors, 6)->Graph();
    checkpoint.breadth = 20;
    return checkpoint;
  }();
};

TEST_F(KnnCheckpointTest, ComesBackFromItsFile) {
  ASSERT_TRUE(SaveKnnCheckpoint(checkpoint_, path_));
  const auto loaded = LoadKnnCheckpoint(path_);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->embedder, checkpoint_.embedder);
  EXPECT_EQ(loaded->weak_model, "weak");
  EXPECT_EQ(loaded->neighbours, 7U);
  EXPECT_EQ(loaded->temperature, 0.1);
  EXPECT_EQ(loaded->vectors, checkpoint_.vectors);
  EXPECT_EQ(loaded->scores, checkpoint_.scores);
  EXPECT_EQ(loaded->graph->base_links, checkpoint_.graph->base_links);
  EXPECT_EQ(loaded->graph->upper_links, checkpoint_.graph->upper_links);
  EXPECT_EQ(loaded->breadth, 20U);
  EXPECT_EQ(loaded->win_rate_quantiles, checkpoint_.win_rate_quantiles);
  EXPECT_EQ(loaded->notes, checkpoint_.notes);
}

TEST_F(KnnCheckpointTest, RefusesValuesThatCannotBe) {
  const auto with = [&](const auto& spoil) {
    KnnCheckpoint spoilt = checkpoint_;
    spoil(spoilt);
    return Refusal(spoilt);
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(with([](auto&) {}), "accepted");
  EXPECT_THAT(with([](auto& c) { c.vectors[13] = kNan; }), HasSubstr("row 2"));
  EXPECT_THAT(with([](auto& c) { c.vectors[13] += 1.0F; }), HasSubstr("not length 1"));
  EXPECT_THAT(with([](auto& c) { c.vectors.pop_back(); }), HasSubstr("equally many"));
  EXPECT_THAT(with([](auto& c) { c.scores[3] = 1.5F; }), HasSubstr("'scores'"));
  EXPECT_THAT(with([](auto& c) { c.scores[3] = kNan; }), HasSubstr("'scores'"));
  EXPECT_THAT(with([](auto& c) { c.neighbours = 51; }), HasSubstr("number of neighbours"));
  EXPECT_THAT(with([](auto& c) { c.temperature = 0.0; }), HasSubstr("temperature"));
  EXPECT_THAT(with([](auto& c) { c.weak_model = "strong"; }), HasSubstr("two distinct names"));
  EXPECT_THAT(with([](auto& c) { c.breadth = 0; }), HasSubstr("breadth"));
  EXPECT_THAT(with([](auto& c) { c.win_rate_quantiles = {0.5, 0.4}; }), HasSubstr("ascending"));
  EXPECT_THAT(with([](auto& c) { c.graph->base_links[0] = 99; }), HasSubstr("row 99"));
}

TEST_F(KnnCheckpointTest, RefusesFilesThatAreNoneOfItsKind) {
  EXPECT_EQ(LoadKnnCheckpoint(path_).error().code, ErrorCode::kIo);
  const auto with = [&](const auto& change) {
    EXPECT_TRUE(SaveKnnCheckpoint(checkpoint_, path_));
    Rewrite(change);
    return FileRefusal();
  };
  EXPECT_EQ(with([](auto&, auto&) {}), "accepted");
  EXPECT_THAT(with([](auto&, auto& m) { m["format"] = "x"; }),
              HasSubstr("knn.safetensors: is no checkpoint of a knn router"));
  EXPECT_THAT(with([](auto&, auto& m) { m["format_version"] = "9"; }), HasSubstr("version '9'"));
  EXPECT_THAT(with([](auto&, auto& m) { m["knn"] = "{}"; }), HasSubstr("garbled 'knn'"));
  EXPECT_THAT(with([](auto& t, auto&) { t.erase("scores"); }), HasSubstr("no tensor 'scores'"));
  EXPECT_THAT(with([](auto& t, auto&) { t.erase("vectors"); }), HasSubstr("no tensor 'vectors'"));
  EXPECT_THAT(with([](auto& t, auto&) { t.erase("graph.base"); }), HasSubstr("'graph.base'"));
  EXPECT_THAT(with([](auto& t, auto&) { std::swap(t["vectors"].shape[0], t["vectors"].shape[1]); }),
              HasSubstr("tensor 'vectors' is F32[6, 50], not F32[6, 6]"));
  EXPECT_TRUE(SaveKnnCheckpoint(checkpoint_, path_));
  std::filesystem::resize_file(path_, 2000);
  EXPECT_THAT(FileRefusal(), HasSubstr("knn.safetensors: "));
}

}  // namespace
}  // namespace routellm::routing
