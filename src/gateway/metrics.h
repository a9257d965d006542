// What the gateway counts, and its exposition for Prometheus.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/pipeline.h"
#include "openai/usage.h"

namespace routellm::gateway {

// A number that one thread writes and any thread reads.
class Counter {
 public:
  void Add(std::uint64_t n = 1) { value_.store(value() + n, std::memory_order_relaxed); }
  void Subtract(std::uint64_t n = 1) { value_.store(value() - n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Durations in buckets that grow by factors of 2 and 2.5 (1, 2.5, 5, 10, ... of the smallest
// bound).
class Histogram {
 public:
  static constexpr std::size_t kBounds = 18;

  // `smallest`: the upper bound of the first bucket.
  explicit Histogram(std::chrono::nanoseconds smallest);

  void Add(std::chrono::nanoseconds duration);

  [[nodiscard]] std::span<const std::chrono::nanoseconds, kBounds> bounds() const {
    return bounds_;
  }
  // Durations in (bounds[i - 1], bounds[i]]; the last place counts those above all bounds.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const { return counts_[bucket].value(); }
  [[nodiscard]] std::uint64_t sum_nanoseconds() const { return sum_.value(); }

 private:
  std::array<std::chrono::nanoseconds, kBounds> bounds_;
  std::array<Counter, kBounds + 1> counts_;
  Counter sum_;
};

// One finished request.
struct RequestRecord {
  std::optional<Decision> decision = std::nullopt;  // none: refused before a model was chosen
  unsigned status = 0;  // as sent to the client; 499: the client left before the answer's end
  std::chrono::nanoseconds total{0};
  std::chrono::nanoseconds upstream_wait{
      0};  // within `total`: connecting and waiting for the answer
  std::optional<std::chrono::nanoseconds> first_byte =
      std::nullopt;  // from the request sent to the head of the answer
  std::optional<openai::Usage> usage = std::nullopt;
};

// What became of the asks for one kind of evidence.
struct EvidenceCounters {
  // `error`: none if the evidence came.
  void Count(std::optional<ErrorCode> error, std::chrono::nanoseconds duration);

  Counter cached;  // found in the cache
  Counter got;
  Counter timed_out;
  Counter overloaded;
  Counter cancelled;  // the client left
  Counter failed;
  Histogram seconds{std::chrono::microseconds(100)};  // of all but those that were cached
};

// The counters of one event loop: written by its thread, read by any.
class MetricsShard {
 public:
  explicit MetricsShard(const Pipeline& pipeline);

  void Record(const RequestRecord& record);

  [[nodiscard]] EvidenceCounters& evidence(const EvidenceProvider& provider) {
    return evidence_[provider.index];
  }

  Counter open_connections;  // of clients
  Counter requests_in_flight;
  Counter upstream_connects;  // new connections to upstreams

 private:
  friend std::string ExposeMetrics(const Pipeline& pipeline,
                                   std::span<const MetricsShard* const> shards);

  static constexpr std::array<unsigned, 20> kStatuses = {200, 201, 204, 400, 401, 403, 404,
                                                         405, 408, 409, 413, 422, 429, 431,
                                                         499, 500, 502, 503, 504, 529};

  // The requests of one route that went to one of its models, or of a model that was named itself.
  struct Series {
    std::array<Counter, kStatuses.size()> by_status;
    std::array<Counter, 6> by_other_status;               // in hundreds
    std::array<Counter, kUnscoredNames.size()> unscored;  // by reason; of a route
    Histogram decision{std::chrono::microseconds(1)};
    Histogram upstream{std::chrono::milliseconds(1)};
  };
  struct Tokens {
    Counter prompt;
    Counter completion;
  };

  [[nodiscard]] std::size_t SeriesIndex(const std::optional<Decision>& decision) const;

  const std::size_t routes_;
  std::vector<Series>
      series_;  // two for each route (weak, strong), one for each model, one for refused requests
  std::vector<Tokens> tokens_;              // by model
  std::vector<EvidenceCounters> evidence_;  // by provider
  Histogram overhead_{std::chrono::microseconds(10)};
};

// All shards together, in Prometheus' text format.
[[nodiscard]] std::string ExposeMetrics(const Pipeline& pipeline,
                                        std::span<const MetricsShard* const> shards);

}  // namespace routellm::gateway
