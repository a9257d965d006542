#include "evidence/pool_sources.h"

#include <string_view>
#include <vector>

namespace routellm::evidence {

void EmbeddingSource::Get(Ask ask, Done done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(ask), std::move(done)});
  }
  // A job for each prompt; those that find nothing to do were part of another's batch.
  pool_.Submit([this] { EmbedSome(); });
}

void EmbeddingSource::EmbedSome() {
  std::vector<Waiting> batch;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && batch.size() < kBatch) {
      if (!*waiting_.front().ask.cancelled) batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  if (batch.empty()) return;
  std::vector<std::string_view> texts;
  texts.reserve(batch.size());
  for (const Waiting& one : batch) texts.emplace_back(one.ask.prompt);
  const auto vectors = embedder_->Embed(texts);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i].done(vectors.map([i](const embedding::Matrix& matrix) {
      const auto row = matrix.Row(i);
      return EvidenceValue(std::vector<float>(row.begin(), row.end()));
    }));
  }
}

void ScoringSource::Get(Ask ask, Done done) {
  pool_.Submit([this, ask = std::move(ask), done = std::move(done)] {
    if (*ask.cancelled) return;
    done(router_.Score({.prompt = ask.prompt}, View(ask.known)).map([](WinRate win_rate) {
      return EvidenceValue(win_rate);
    }));
  });
}

}  // namespace routellm::evidence
