// Sources that compute on a pool of workers.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "core/worker_pool.h"
#include "embedding/embedder.h"
#include "evidence/source.h"
#include "routing/router.h"

namespace routellm::evidence {

// Embeddings of a local embedder. Prompts that come while all workers are busy wait together and
// are embedded together, up to kBatch of them.
class EmbeddingSource final : public Source {
 public:
  static constexpr std::size_t kBatch = 16;

  // `pool` must end before the source does.
  EmbeddingSource(std::unique_ptr<const embedding::Embedder> embedder, WorkerPool& pool)
      : embedder_(std::move(embedder)), pool_(pool) {}

  void Get(Ask ask, Done done) override;

 private:
  struct Waiting {
    Ask ask;
    Done done;
  };

  void EmbedSome();

  const std::unique_ptr<const embedding::Embedder> embedder_;
  WorkerPool& pool_;
  std::mutex mutex_;  // protects:
  std::deque<Waiting> waiting_;
};

// The win rates of a router that takes long to score.
class ScoringSource final : public Source {
 public:
  // `pool` must end before the source and the router do.
  ScoringSource(const routing::Router& router, WorkerPool& pool) : router_(router), pool_(pool) {}

  // Scores the prompt with `ask.known` as evidence.
  void Get(Ask ask, Done done) override;

 private:
  const routing::Router& router_;
  WorkerPool& pool_;
};

}  // namespace routellm::evidence
