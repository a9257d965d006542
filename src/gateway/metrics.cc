#include "gateway/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace routellm::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double Seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

MetricFamily Family(std::string name, std::string help, MetricType type) {
  MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  return family;
}

void AddCounter(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  family.metric.push_back(std::move(metric));
}

void AddGauge(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

// The sum of `histograms`, which have equal bounds.
void AddHistogram(MetricFamily& family, Labels labels,
                  const std::vector<const Histogram*>& histograms) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::uint64_t cumulative = 0;
  for (std::size_t bucket = 0; bucket <= Histogram::kBounds; ++bucket) {
    for (const Histogram* histogram : histograms) cumulative += histogram->count(bucket);
    const bool last = bucket == Histogram::kBounds;
    metric.histogram.bucket.push_back(
        {cumulative, last ? std::numeric_limits<double>::infinity()
                          : Seconds(histograms.front()->bounds()[bucket])});
  }
  for (const Histogram* histogram : histograms) {
    metric.histogram.sample_sum += static_cast<double>(histogram->sum_nanoseconds()) * 1e-9;
  }
  metric.histogram.sample_count = cumulative;
  if (cumulative > 0) family.metric.push_back(std::move(metric));
}

}  // namespace

Histogram::Histogram(std::chrono::nanoseconds smallest) {
  for (std::size_t i = 0; i < kBounds; ++i) {
    constexpr std::array<int, 3> kTenths = {10, 25, 50};
    bounds_[i] = smallest * kTenths[i % 3] / 10;
    if (i % 3 == 2) smallest *= 10;
  }
}

void Histogram::Add(std::chrono::nanoseconds duration) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), duration) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].Add();
  sum_.Add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)));
}

MetricsShard::MetricsShard(const Pipeline& pipeline)
    : routes_(pipeline.routes().size()),
      series_(2 * routes_ + pipeline.models().size() + 1),
      tokens_(pipeline.models().size()),
      evidence_(pipeline.providers().size()) {}

void EvidenceCounters::Count(std::optional<ErrorCode> error, std::chrono::nanoseconds duration) {
  seconds.Add(duration);
  if (!error) return got.Add();
  switch (*error) {
    case ErrorCode::kUpstreamTimeout:
      return timed_out.Add();
    case ErrorCode::kOverloaded:
      return overloaded.Add();
    case ErrorCode::kCancelled:
      return cancelled.Add();
    default:
      return failed.Add();
  }
}

std::size_t MetricsShard::SeriesIndex(const std::optional<Decision>& decision) const {
  if (!decision) return series_.size() - 1;
  if (decision->route == nullptr) return 2 * routes_ + decision->model->index;
  return 2 * decision->route->index + (decision->choice == Choice::kStrong ? 1 : 0);
}

void MetricsShard::Record(const RequestRecord& record) {
  Series& series = series_[SeriesIndex(record.decision)];
  const auto status = std::find(kStatuses.begin(), kStatuses.end(), record.status);
  if (status != kStatuses.end()) {
    series.by_status[static_cast<std::size_t>(status - kStatuses.begin())].Add();
  } else {
    series.by_other_status[std::min(record.status / 100, 5U)].Add();
  }
  if (!record.decision) return;
  if (record.decision->win_rate) series.decision.Add(record.decision->scoring_time);
  series.unscored[static_cast<std::size_t>(record.decision->unscored)].Add();
  if (record.first_byte) series.upstream.Add(*record.first_byte);
  overhead_.Add(record.total - record.upstream_wait);
  if (record.usage) {
    tokens_[record.decision->model->index].prompt.Add(record.usage->prompt_tokens);
    tokens_[record.decision->model->index].completion.Add(record.usage->completion_tokens);
  }
}

std::string ExposeMetrics(const Pipeline& pipeline, std::span<const MetricsShard* const> shards) {
  using Shard = MetricsShard;
  const auto sum = [&](auto read) {
    std::uint64_t total = 0;
    for (const Shard* shard : shards) total += read(*shard);
    return static_cast<double>(total);
  };
  const auto sum_requests = [&](std::size_t index) {
    return sum([&](const Shard& shard) {
      std::uint64_t total = 0;
      for (const Counter& count : shard.series_[index].by_status) total += count.value();
      for (const Counter& count : shard.series_[index].by_other_status) total += count.value();
      return total;
    });
  };

  auto requests = Family("routellm_requests_total",
                         "Chat completion requests by what became of them.", MetricType::Counter);
  auto decisions = Family("routellm_decisions_total",
                          "Routed requests by the model that was chosen.", MetricType::Counter);
  auto share = Family("routellm_strong_share",
                      "Share of routed requests that went to the strong model.", MetricType::Gauge);
  auto unscored =
      Family("routellm_unscored_total", "Routed requests that were not scored, by the reason.",
             MetricType::Counter);
  auto decision_seconds =
      Family("routellm_decision_seconds", "Time to score a prompt.", MetricType::Histogram);
  auto upstream_seconds =
      Family("routellm_upstream_seconds",
             "Time from a request sent upstream to the head of its answer.", MetricType::Histogram);

  const auto add_series = [&](std::size_t index, const Labels& labels) {
    const auto add_status = [&](const std::string& status, double count) {
      if (count == 0) return;
      Labels with_status = labels;
      with_status.push_back({"status", status});
      AddCounter(requests, std::move(with_status), count);
    };
    for (std::size_t i = 0; i < Shard::kStatuses.size(); ++i) {
      add_status(std::to_string(Shard::kStatuses[i]), sum([&](const Shard& shard) {
                   return shard.series_[index].by_status[i].value();
                 }));
    }
    for (std::size_t i = 0; i < std::tuple_size_v<decltype(Shard::Series::by_other_status)>; ++i) {
      add_status(std::to_string(i) + "xx", sum([&](const Shard& shard) {
                   return shard.series_[index].by_other_status[i].value();
                 }));
    }
    std::vector<const Histogram*> upstream;
    for (const Shard* shard : shards) upstream.push_back(&shard->series_[index].upstream);
    AddHistogram(upstream_seconds, labels, upstream);
  };

  for (const auto& route : pipeline.routes()) {
    const std::size_t weak = 2 * route->index;
    const std::size_t strong = weak + 1;
    const Labels base = {{"route", route->name}, {"router", route->router_name}};
    std::vector<const Histogram*> scoring;
    for (const auto& [index, model, choice] :
         {std::tuple(weak, route->weak, "weak"), std::tuple(strong, route->strong, "strong")}) {
      Labels labels = base;
      labels.push_back({"model", model->config.name});
      add_series(index, labels);
      for (const Shard* shard : shards) scoring.push_back(&shard->series_[index].decision);
      labels.back() = {"choice", choice};
      AddCounter(decisions, labels, sum_requests(index));
    }
    AddHistogram(decision_seconds, base, scoring);
    for (std::size_t reason = 1; reason < kUnscoredNames.size(); ++reason) {
      const double count = sum([&](const Shard& shard) {
        return shard.series_[weak].unscored[reason].value() +
               shard.series_[strong].unscored[reason].value();
      });
      if (count == 0) continue;
      Labels labels = base;
      labels.push_back({"reason", std::string(kUnscoredNames[reason])});
      AddCounter(unscored, std::move(labels), count);
    }
    const double routed = sum_requests(weak) + sum_requests(strong);
    if (routed > 0) AddGauge(share, base, sum_requests(strong) / routed);
  }
  for (const auto& model : pipeline.models()) {
    add_series(2 * pipeline.routes().size() + model->index,
               {{"route", ""}, {"router", ""}, {"model", model->config.name}});
  }
  add_series(2 * pipeline.routes().size() + pipeline.models().size(),
             {{"route", ""}, {"router", ""}, {"model", ""}});

  auto tokens =
      Family("routellm_tokens_total", "Tokens that the upstreams reported.", MetricType::Counter);
  auto cost = Family("routellm_cost_usd_total", "Cost of these tokens at the configured prices.",
                     MetricType::Counter);
  for (const auto& model : pipeline.models()) {
    const double prompt =
        sum([&](const Shard& shard) { return shard.tokens_[model->index].prompt.value(); });
    const double completion =
        sum([&](const Shard& shard) { return shard.tokens_[model->index].completion.value(); });
    AddCounter(tokens, {{"model", model->config.name}, {"kind", "prompt"}}, prompt);
    AddCounter(tokens, {{"model", model->config.name}, {"kind", "completion"}}, completion);
    if (const auto& price = model->config.price) {
      AddCounter(cost, {{"model", model->config.name}},
                 (prompt * price->input + completion * price->output) * 1e-6);
    }
  }

  auto asked = Family("routellm_evidence_total",
                      "What routers needed to know besides the prompt, by how it was got.",
                      MetricType::Counter);
  auto asked_seconds =
      Family("routellm_evidence_seconds", "Time to get evidence that was not in the cache.",
             MetricType::Histogram);
  auto waiting =
      Family("routellm_evidence_waiting", "Evidence that is being got.", MetricType::Gauge);
  auto cache_bytes = Family("routellm_evidence_cache_bytes", "Memory of the evidence that is kept.",
                            MetricType::Gauge);
  for (const auto& provider : pipeline.providers()) {
    const Labels source = {{"source", provider->name}};
    const auto add = [&](const char* result, Counter EvidenceCounters::*counter) {
      Labels labels = source;
      labels.push_back({"result", result});
      AddCounter(asked, std::move(labels), sum([&](const Shard& shard) {
                   return (shard.evidence_[provider->index].*counter).value();
                 }));
    };
    if (provider->cache) add("cached", &EvidenceCounters::cached);
    add("got", &EvidenceCounters::got);
    add("timeout", &EvidenceCounters::timed_out);
    add("overloaded", &EvidenceCounters::overloaded);
    add("cancelled", &EvidenceCounters::cancelled);
    add("failed", &EvidenceCounters::failed);
    std::vector<const Histogram*> seconds;
    for (const Shard* shard : shards) seconds.push_back(&shard->evidence_[provider->index].seconds);
    AddHistogram(asked_seconds, source, seconds);
    AddGauge(waiting, source, static_cast<double>(provider->waiting.load()));
    if (provider->cache)
      AddGauge(cache_bytes, source, static_cast<double>(provider->cache->bytes()));
  }

  auto overhead = Family("routellm_overhead_seconds",
                         "Time of a request that was not spent waiting for its upstream.",
                         MetricType::Histogram);
  std::vector<const Histogram*> overheads;
  for (const Shard* shard : shards) overheads.push_back(&shard->overhead_);
  AddHistogram(overhead, {}, overheads);
  auto in_flight =
      Family("routellm_requests_in_flight", "Requests being answered.", MetricType::Gauge);
  AddGauge(in_flight, {}, sum([](const Shard& shard) { return shard.requests_in_flight.value(); }));
  auto connections =
      Family("routellm_client_connections", "Open connections of clients.", MetricType::Gauge);
  AddGauge(connections, {}, sum([](const Shard& shard) { return shard.open_connections.value(); }));
  auto connects = Family("routellm_upstream_connects_total", "Connections opened to upstreams.",
                         MetricType::Counter);
  AddCounter(connects, {}, sum([](const Shard& shard) { return shard.upstream_connects.value(); }));

  std::vector<MetricFamily> families;
  for (MetricFamily* family : {&requests, &decisions, &share, &unscored, &decision_seconds,
                               &upstream_seconds, &asked, &asked_seconds, &waiting, &cache_bytes,
                               &overhead, &tokens, &cost, &in_flight, &connections, &connects}) {
    if (!family->metric.empty()) families.push_back(std::move(*family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace routellm::gateway
