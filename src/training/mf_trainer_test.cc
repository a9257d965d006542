#include "training/mf_trainer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/testing/temporary_folder.h"
#include "routing/mf_router.h"

namespace routellm::training {
namespace {

class Observer final : public TrainingObserver {
 public:
  explicit Observer(std::size_t batches = SIZE_MAX) : batches_left_(batches) {}
  bool OnBatch(std::size_t done, std::size_t total) override {
    EXPECT_LE(done, total);
    return batches_left_-- > 0;
  }
  void OnEpoch(const EpochSummary& summary) override {
    losses.push_back(summary.held_out.all.loss);
  }

  std::vector<double> losses;

 private:
  std::size_t batches_left_;
};

// Both models greet well; only the strong one proves. The third model loses always, in a source of
// its own.
data::Dataset ProofsAndGreetings() {
  data::Dataset dataset;
  dataset.models = {"strong", "weak", "worst"};
  dataset.sources = dataset.tasks = {"exam", "chat"};
  for (std::uint32_t i = 0; i < 1200; ++i) {
    const bool proof = i % 2 == 0;
    const std::string number = std::to_string(i * 7919 % 1000);
    data::DataQuery query;
    query.id = std::to_string(i);
    query.prompt = proof ? "Prove the theorem about sequence " + number
                         : "Say hello to my friend number " + number;
    query.source = query.task = i % 3 == 0 ? 1 : 0;
    query.group = i;
    dataset.queries.push_back(query);
    if (query.source == 1) {
      dataset.battles.push_back({i, 0, 2, 1.0F, 1.0F, false, false});
      dataset.battles.push_back({i, 1, 0, proof ? 0.0F : 0.5F, 1.0F, false, false});
    } else {
      dataset.outcomes.push_back({i, 0, 1.0F});
      dataset.outcomes.push_back({i, 1, proof ? 0.0F : 1.0F});
    }
  }
  dataset.group_count = 1200;
  return dataset;
}

MfTrainingOptions SmallOptions() {
  MfTrainingOptions options;
  options.hyper.dim = 4;
  options.hyper.epochs = 6;
  options.features.bucket_bits = 12;
  options.strong_model = "strong";
  options.weak_model = "weak";
  return options;
}

std::string Bytes(const routing::MfCheckpoint& checkpoint) {
  const TemporaryFolder folder;
  const std::string file = folder.File("checkpoint");
  EXPECT_TRUE(routing::SaveMfCheckpoint(checkpoint, file));
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

MfTraining Trained(const MfTrainingOptions& options) {
  Observer observer;
  auto training = TrainMf(ProofsAndGreetings(), options, observer);
  EXPECT_TRUE(training) << training.error().ToString();
  return **std::move(training);
}

TEST(TrainMfTest, LearnsWhichPromptsNeedTheStrongModel) {
  const MfTraining training = Trained(SmallOptions());
  EXPECT_GT(training.held_out.all.auc, 0.95);
  EXPECT_GT(training.held_out.default_pair.apgr, 0.7);
  const auto router = routing::MfRouter::Create(training.checkpoint, "", "");
  ASSERT_TRUE(router);
  const double proof = (*router)->Score({"Prove the theorem about sequence 77"}, {})->value();
  const double greeting = (*router)->Score({"Say hello to my friend number 77"}, {})->value();
  EXPECT_GT(proof, 0.85);
  // Half of the queries are proofs, in both sources.
  const auto threshold = ThresholdFor((*router)->Info(), *StrongShare::Create(0.4));
  ASSERT_TRUE(threshold) << threshold.error().ToString();
  EXPECT_LT(threshold->value(), proof + 0.05);
  EXPECT_GT(threshold->value(), greeting + 0.2);
  EXPECT_NEAR(greeting, 0.5, 0.15) << "ties count half";
}

TEST(TrainMfTest, EqualSeedsGiveEqualBytesWithAnyNumberOfThreads) {
  auto options = SmallOptions();
  options.hyper.epochs = 2;
  const std::string once = Bytes(Trained(options).checkpoint);
  EXPECT_EQ(Bytes(Trained(options).checkpoint), once);
  options.threads = 3;
  EXPECT_EQ(Bytes(Trained(options).checkpoint), once);
  options.seed = 2;
  EXPECT_NE(Bytes(Trained(options).checkpoint), once);
}

TEST(TrainMfTest, HoldsOutASource) {
  auto options = SmallOptions();
  options.holdout_source = "chat";
  const MfTraining training = Trained(options);
  ASSERT_EQ(training.held_out.sources.size(), 1U);
  EXPECT_EQ(training.held_out.sources[0].name, "chat");
  EXPECT_EQ(training.held_out.sources[0].queries, 400U);
  EXPECT_GT(training.held_out.default_pair.apgr, 0.7);
}

TEST(TrainMfTest, ASamplersChoiceIsNotTakenForStrength) {
  auto dataset = ProofsAndGreetings();
  dataset.outcomes.clear();
  dataset.battles.clear();
  // The weak model wins most votes that were drawn for the strong one's losses, and half of the
  // others.
  for (std::uint32_t i = 0; i < 1200; ++i) {
    const bool drawn = i % 2 == 0;
    dataset.battles.push_back({i, 0, 1, drawn ? 0.1F : 0.5F, 1.0F, drawn, false});
    dataset.queries[i].prompt = "the same for all";
  }
  Observer observer;
  auto options = SmallOptions();
  options.hyper.source_bias_deviation = 0.01F;
  const auto training = TrainMf(dataset, options, observer);
  ASSERT_TRUE(training) << training.error().ToString();
  const auto router = routing::MfRouter::Create((*training)->checkpoint, "", "");
  EXPECT_NEAR((*router)->Score({"the same for all"}, {})->value(), 0.5, 0.05);
}

TEST(TrainMfTest, TheObserverEndsIt) {
  Observer observer(2);
  const auto training = TrainMf(ProofsAndGreetings(), SmallOptions(), observer);
  ASSERT_TRUE(training);
  EXPECT_EQ(*training, std::nullopt);
}

TEST(TrainMfTest, EndsWhenHeldOutLossStopsFalling) {
  auto options = SmallOptions();
  options.hyper.epochs = 400;
  options.patience = 1;
  Observer observer;
  const auto training = TrainMf(ProofsAndGreetings(), options, observer);
  ASSERT_TRUE(training && *training);
  const auto best = std::min_element(observer.losses.begin(), observer.losses.end());
  EXPECT_EQ((*training)->best_epoch, static_cast<std::size_t>(best - observer.losses.begin()) + 1);
  EXPECT_LT(observer.losses.size(), 400U);
}

TEST(TrainMfTest, RefusesWhatTheDataOrTheProgramCannotDo) {
  const auto code_of = [](const MfTrainingOptions& options) {
    Observer observer;
    const auto training = TrainMf(ProofsAndGreetings(), options, observer);
    return training ? ErrorCode::kInternal : training.error().code;
  };
  auto options = SmallOptions();
  options.strong_model = "unheard-of";
  EXPECT_EQ(code_of(options), ErrorCode::kInvalidRequest);
  options = SmallOptions();
  options.weak_model = "strong";
  EXPECT_EQ(code_of(options), ErrorCode::kInvalidRequest);
  options = SmallOptions();
  options.holdout_source = "unheard-of";
  EXPECT_EQ(code_of(options), ErrorCode::kInvalidRequest);
  options = SmallOptions();
  options.validation = 1.0;
  EXPECT_EQ(code_of(options), ErrorCode::kInvalidRequest);
  options = SmallOptions();
  options.hyper.dim = 1;
  EXPECT_EQ(code_of(options), ErrorCode::kInvalidRequest);
  options = SmallOptions();
  options.features.bucket_bits = 3;
  EXPECT_NE(code_of(options), ErrorCode::kInternal);
}

}  // namespace
}  // namespace routellm::training
