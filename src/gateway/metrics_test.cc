#include "gateway/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/testing/config.h"

namespace routellm::gateway {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

// Sample values by name and labels, as they are written.
using Samples = std::map<std::string, double, std::less<>>;

Samples ReadExposition(const std::string& text) {
  Samples samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    const bool is_new = samples.emplace(line.substr(0, space), std::atof(&line[space + 1])).second;
    EXPECT_TRUE(is_new) << line;
  }
  return samples;
}

// Of the samples whose name begins so.
Samples Select(const Samples& samples, std::string_view begin) {
  Samples selected;
  for (const auto& [name, value] : samples) {
    if (name.starts_with(begin)) selected.emplace(name.substr(begin.size()), value);
  }
  return selected;
}

// Upper bound and count of each bucket. `labels`: all but `le`, each with a comma behind it.
std::map<double, double> Buckets(const Samples& samples, const std::string& name,
                                 const std::string& labels) {
  std::map<double, double> buckets;
  for (const auto& [rest, count] : Select(samples, name + "_bucket{" + labels + "le=\"")) {
    buckets[rest.starts_with("+Inf") ? std::numeric_limits<double>::infinity()
                                     : std::atof(rest.c_str())] = count;
  }
  return buckets;
}

class MetricsTest : public ::testing::Test {
 protected:
  Decision Routed(std::size_t route_index, Choice choice) const {
    const Route& route = *pipeline_->routes()[route_index];
    return {.model = choice == Choice::kStrong ? route.strong : route.weak,
            .route = &route,
            .choice = choice,
            .win_rate = WinRate::Clamped(0.5),
            .scoring_time = microseconds(3)};
  }
  Decision Direct(std::size_t model_index) const {
    return {.model = pipeline_->models()[model_index].get()};
  }
  Samples Expose() const {
    const std::vector<const MetricsShard*> shards = {&shard_, &other_shard_};
    return ReadExposition(ExposeMetrics(*pipeline_, shards));
  }

  static constexpr std::size_t kAuto = 0;
  static constexpr std::size_t kRouterMf = 1;
  static constexpr std::size_t kLarge = 0;
  static constexpr std::size_t kSmall = 1;

  std::unique_ptr<const Pipeline> pipeline_ = TestPipeline();
  MetricsShard shard_{*pipeline_};
  MetricsShard other_shard_{*pipeline_};
};

TEST_F(MetricsTest, CountsByRouteRouterModelAndStatus) {
  shard_.Record({.decision = Routed(kAuto, Choice::kStrong), .status = 200});
  shard_.Record({.decision = Routed(kAuto, Choice::kStrong), .status = 200});
  shard_.Record({.decision = Routed(kAuto, Choice::kWeak), .status = 502});
  shard_.Record({.decision = Routed(kRouterMf, Choice::kWeak), .status = 499});
  shard_.Record({.decision = Direct(kSmall), .status = 200});
  shard_.Record({.status = 404});
  EXPECT_THAT(
      Select(Expose(), "routellm_requests_total"),
      ElementsAre(Pair(R"({route="",router="",model="",status="404"})", 1),
                  Pair(R"({route="",router="",model="small",status="200"})", 1),
                  Pair(R"({route="auto",router="random",model="large",status="200"})", 2),
                  Pair(R"({route="auto",router="random",model="small",status="502"})", 1),
                  Pair(R"({route="router-mf",router="mf",model="small",status="499"})", 1)));
}

TEST_F(MetricsTest, CountsOtherStatusesByTheirHundred) {
  for (const unsigned status : {418U, 451U, 203U, 599U, 302U, 0U, 999U}) {
    shard_.Record({.status = status});
  }
  EXPECT_THAT(Select(Expose(), R"(routellm_requests_total{route="",router="",model="",status=)"),
              ElementsAre(Pair("\"0xx\"}", 1), Pair("\"2xx\"}", 1), Pair("\"3xx\"}", 1),
                          Pair("\"4xx\"}", 2), Pair("\"5xx\"}", 2)));
}

TEST_F(MetricsTest, TheStrongShareIsOfRoutedRequests) {
  for (int i = 0; i < 3; ++i) {
    shard_.Record({.decision = Routed(kAuto, Choice::kWeak), .status = 200});
  }
  shard_.Record({.decision = Routed(kAuto, Choice::kStrong), .status = 500});
  shard_.Record({.decision = Direct(kLarge), .status = 200});
  const Samples samples = Expose();
  EXPECT_THAT(Select(samples, "routellm_strong_share"),
              ElementsAre(Pair(R"({route="auto",router="random"})", 0.25)));
  const Samples decisions = Select(samples, "routellm_decisions_total{route=\"auto\"");
  EXPECT_THAT(decisions, ElementsAre(Pair(R"(,router="random",choice="strong"})", 1),
                                     Pair(R"(,router="random",choice="weak"})", 3)));
}

TEST_F(MetricsTest, BucketsAreCumulativeAndEndWithTheCount) {
  const std::vector<milliseconds> waits = {milliseconds(0), milliseconds(1),
                                           milliseconds(2), milliseconds(5),
                                           milliseconds(6), milliseconds(10'000'000)};
  for (const milliseconds wait : waits) {
    shard_.Record({.decision = Routed(kAuto, Choice::kStrong), .status = 200, .first_byte = wait});
  }
  const Samples samples = Expose();
  const std::string labels = R"(route="auto",router="random",model="large",)";
  const auto buckets = Buckets(samples, "routellm_upstream_seconds", labels);
  ASSERT_THAT(buckets, SizeIs(Histogram::kBounds + 1));
  double before = 0;
  for (const auto& [bound, count] : buckets) {
    EXPECT_GE(count, before) << bound;
    before = count;
    double expected = 0;
    for (const milliseconds wait : waits) {
      if (std::chrono::duration<double>(wait).count() <= bound * (1 + 1e-9)) ++expected;
    }
    EXPECT_EQ(count, expected) << bound;
  }
  EXPECT_EQ(before, 6);
  const Samples series = Select(
      samples, R"(routellm_upstream_seconds_count{route="auto",router="random",model="large"})");
  EXPECT_THAT(series, ElementsAre(Pair("", 6)));
  EXPECT_THAT(
      Select(samples,
             R"(routellm_upstream_seconds_sum{route="auto",router="random",model="large"})"),
      ElementsAre(Pair("", DoubleNear(10'000.014, 1e-6))));
}

TEST_F(MetricsTest, BoundsGrowByTwoAndTwoAndAHalf) {
  const Histogram histogram{microseconds(1)};
  const auto bounds = histogram.bounds();
  EXPECT_EQ(bounds[0], microseconds(1));
  EXPECT_EQ(bounds[1], std::chrono::nanoseconds(2500));
  EXPECT_EQ(bounds[2], microseconds(5));
  EXPECT_EQ(bounds[3], microseconds(10));
  EXPECT_EQ(bounds[17], microseconds(500'000));
}

TEST_F(MetricsTest, ScoringAndOverheadAreTimed) {
  Decision unscored = Routed(kAuto, Choice::kStrong);
  unscored.win_rate.reset();
  shard_.Record({.decision = Routed(kAuto, Choice::kStrong),
                 .status = 200,
                 .total = milliseconds(500),
                 .upstream_wait = milliseconds(480)});
  shard_.Record({.decision = Routed(kAuto, Choice::kWeak), .status = 200});
  shard_.Record({.decision = unscored, .status = 200});
  shard_.Record({.status = 400, .total = milliseconds(7)});
  const Samples samples = Expose();
  EXPECT_THAT(Select(samples, R"(routellm_decision_seconds_count{route="auto",router="random"})"),
              ElementsAre(Pair("", 2)));
  EXPECT_THAT(Select(samples, R"(routellm_decision_seconds_sum{route="auto",router="random"})"),
              ElementsAre(Pair("", DoubleNear(6e-6, 1e-12))));
  EXPECT_THAT(Select(samples, "routellm_overhead_seconds_count"), ElementsAre(Pair("", 3)));
  EXPECT_THAT(Select(samples, "routellm_overhead_seconds_sum"),
              ElementsAre(Pair("", DoubleNear(0.02, 1e-9))));
}

TEST_F(MetricsTest, CostFollowsFromTokensAndPrices) {
  shard_.Record({.decision = Routed(kAuto, Choice::kStrong),
                 .status = 200,
                 .usage = openai::Usage{.prompt_tokens = 1000, .completion_tokens = 200}});
  shard_.Record({.decision = Direct(kLarge),
                 .status = 200,
                 .usage = openai::Usage{.prompt_tokens = 3000, .completion_tokens = 0}});
  shard_.Record({.decision = Routed(kAuto, Choice::kWeak),
                 .status = 200,
                 .usage = openai::Usage{.prompt_tokens = 5, .completion_tokens = 6}});
  const Samples samples = Expose();
  EXPECT_THAT(Select(samples, "routellm_tokens_total"),
              ElementsAre(Pair(R"({model="large",kind="completion"})", 200),
                          Pair(R"({model="large",kind="prompt"})", 4000),
                          Pair(R"({model="small",kind="completion"})", 6),
                          Pair(R"({model="small",kind="prompt"})", 5)));
  EXPECT_THAT(Select(samples, "routellm_cost_usd_total"),
              ElementsAre(Pair(R"({model="large"})", DoubleEq(0.012))));
}

TEST_F(MetricsTest, ShardsAddUp) {
  for (MetricsShard* shard : {&shard_, &other_shard_}) {
    shard->Record({.decision = Routed(kAuto, Choice::kStrong),
                   .status = 200,
                   .first_byte = milliseconds(3),
                   .usage = openai::Usage{.prompt_tokens = 10, .completion_tokens = 1}});
    shard->open_connections.Add(3);
    shard->requests_in_flight.Add(2);
    shard->upstream_connects.Add();
  }
  other_shard_.requests_in_flight.Subtract();
  other_shard_.Record({.decision = Routed(kAuto, Choice::kWeak), .status = 200});
  const Samples samples = Expose();
  const auto value = [&](std::string_view name) { return samples.find(name)->second; };
  EXPECT_EQ(
      value(R"(routellm_requests_total{route="auto",router="random",model="large",status="200"})"),
      2);
  EXPECT_EQ(value(R"(routellm_decision_seconds_count{route="auto",router="random"})"), 3);
  EXPECT_EQ(value(R"(routellm_upstream_seconds_count{route="auto",router="random",model="large"})"),
            2);
  EXPECT_EQ(value(R"(routellm_tokens_total{model="large",kind="prompt"})"), 20);
  EXPECT_EQ(value("routellm_client_connections"), 6);
  EXPECT_EQ(value("routellm_requests_in_flight"), 3);
  EXPECT_EQ(value("routellm_upstream_connects_total"), 2);
}

TEST_F(MetricsTest, MayBeReadWhileTheLoopWrites) {
  constexpr int kRecords = 2000;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < kRecords; ++i) {
      shard_.Record({.decision = Routed(kAuto, Choice::kStrong),
                     .status = 200,
                     .first_byte = milliseconds(i % 10),
                     .usage = openai::Usage{.prompt_tokens = 1, .completion_tokens = 1}});
    }
    done = true;
  });
  double last = 0;
  while (!done) {
    const Samples samples = Expose();
    const auto buckets = Buckets(samples, "routellm_upstream_seconds",
                                 R"(route="auto",router="random",model="large",)");
    const auto counts = Select(samples, "routellm_upstream_seconds_count");
    if (counts.empty()) continue;
    EXPECT_EQ(buckets.rbegin()->second, counts.begin()->second);
    EXPECT_GE(counts.begin()->second, last);
    last = counts.begin()->second;
  }
  writer.join();
  EXPECT_EQ(Select(Expose(), "routellm_upstream_seconds_count").begin()->second, kRecords);
}

}  // namespace
}  // namespace routellm::gateway
