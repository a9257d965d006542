#include "evidence_client/scorer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "core/parallel.h"
#include "evidence/command_source.h"
#include "evidence/embedders.h"
#include "evidence/scoring_question.h"
#include "evidence_client/endpoint_client.h"
#include "evidence_client/make_embedder.h"
#include "text/utf8.h"

namespace routellm::evidence_client {
namespace {

using evidence::EvidenceValue;

// For one answer of a program.
constexpr std::chrono::milliseconds kLongest(60'000);

class EmbeddingGetter final : public EvidenceGetter {
 public:
  explicit EmbeddingGetter(std::unique_ptr<const embedding::Embedder> embedder)
      : embedder_(std::move(embedder)) {}

  [[nodiscard]] std::vector<Result<EvidenceValue>> Get(
      std::span<const std::string_view> prompts) const override {
    const auto vectors = embedder_->Embed(prompts);
    std::vector<Result<EvidenceValue>> values;
    values.reserve(prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      values.push_back(vectors.map([i](const embedding::Matrix& matrix) {
        const auto row = matrix.Row(i);
        return EvidenceValue(std::vector<float>(row.begin(), row.end()));
      }));
    }
    return values;
  }

 private:
  std::unique_ptr<const embedding::Embedder> embedder_;
};

// Answers of a served language model, many at a time.
class QuestionGetter final : public EvidenceGetter {
 public:
  QuestionGetter(const config::Endpoint& endpoint,
                 std::unique_ptr<const evidence::Question> question)
      : client_(endpoint), question_(std::move(question)) {}

  [[nodiscard]] std::vector<Result<EvidenceValue>> Get(
      std::span<const std::string_view> prompts) const override {
    constexpr std::size_t kAtATime = 16;
    std::vector<Result<EvidenceValue>> values(prompts.size());
    std::atomic<std::size_t> next = 0;
    const auto ask = [&] {
      for (std::size_t i = next++; i < prompts.size(); i = next++) {
        values[i] =
            client_.Post(question_->Body(prompts[i])).and_then([&](const std::string& body) {
              return question_->Read(body);
            });
      }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min(kAtATime, prompts.size()); ++i) threads.emplace_back(ask);
    ask();
    for (std::thread& thread : threads) thread.join();
    return values;
  }

 private:
  EndpointClient client_;
  std::unique_ptr<const evidence::Question> question_;
};

// Answers of a program.
class SourceGetter final : public EvidenceGetter {
 public:
  explicit SourceGetter(std::unique_ptr<evidence::Source> source) : source_(std::move(source)) {}

  [[nodiscard]] std::vector<Result<EvidenceValue>> Get(
      std::span<const std::string_view> prompts) const override {
    const auto cancelled = std::make_shared<const std::atomic<bool>>(false);
    std::vector<std::promise<Result<EvidenceValue>>> promises(prompts.size());
    std::vector<Result<EvidenceValue>> values;
    values.reserve(prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      source_->Get({.prompt = std::string(prompts[i]), .cancelled = cancelled},
                   [&promise = promises[i]](Result<EvidenceValue> value) {
                     promise.set_value(std::move(value));
                   });
    }
    for (auto& promise : promises) values.push_back(promise.get_future().get());
    return values;
  }

 private:
  std::unique_ptr<evidence::Source> source_;
};

using MadeGetter = Result<std::unique_ptr<const EvidenceGetter>>;

MadeGetter MakeEmbeddingGetter(const routing::RouterInfo& info,
                               const std::optional<config::EmbedderConfig>& config) {
  if (!config) {
    return Fail(ErrorCode::kInvalidRequest,
                "the router " + info.name + " scores embeddings of the prompts: name an embedder");
  }
  auto embedder = MakeEmbedder(*config);
  if (!embedder) return tl::unexpected(std::move(embedder.error()));
  if (auto fits = evidence::CheckEmbedder(info, (*embedder)->identity()); !fits)
    return tl::unexpected(std::move(fits.error()));
  return std::make_unique<const EmbeddingGetter>(*std::move(embedder));
}

MadeGetter MakeClassifierGetter(const config::RouterConfig& config) {
  auto classifier = evidence::MakeClassifier(config.options);
  if (!classifier) return tl::unexpected(std::move(classifier.error()));
  return std::make_unique<const EmbeddingGetter>(*std::move(classifier));
}

MadeGetter MakeScoresGetter(const routing::RouterInfo& info, const config::RouterConfig& config) {
  if (!config.scoring_model) {
    return Fail(
        ErrorCode::kInvalidRequest,
        "the router " + info.name +
            " asks a language model: a configuration says which and where it is (--config)");
  }
  if (auto ok = RequireKey(config.scoring_model->endpoint); !ok)
    return tl::unexpected(std::move(ok.error()));
  auto question = evidence::ScoringQuestion::Make(*config.scoring_model);
  if (!question) return tl::unexpected(std::move(question.error()));
  return std::make_unique<const QuestionGetter>(config.scoring_model->endpoint,
                                                *std::move(question));
}

MadeGetter MakeProgramGetter(const routing::RouterInfo& info, const config::RouterConfig& config) {
  if (!config.command) {
    return Fail(
        ErrorCode::kInvalidRequest,
        "the router " + info.name + " asks another program: a configuration says which (--config)");
  }
  config::CommandConfig command = *config.command;
  command.limits.timeout = std::max(command.limits.timeout, kLongest);
  command.limits.max_waiting = SIZE_MAX;
  auto source = std::make_unique<evidence::CommandSource>(
      std::move(command),
      [](const std::string& line) { fmt::print(stderr, "routellm: {}\n", line); });
  return std::make_unique<const SourceGetter>(std::move(source));
}

// Null: none is needed.
MadeGetter MakeGetter(const routing::RouterInfo& info, const config::RouterConfig& config,
                      const std::optional<config::EmbedderConfig>& embedder) {
  if (embedder && info.evidence != routing::EvidenceKind::kEmbedding) {
    return Fail(ErrorCode::kInvalidRequest,
                "the router " + info.name + " does not score embeddings: it takes no embedder");
  }
  switch (info.evidence) {
    case routing::EvidenceKind::kNone:
      return nullptr;
    case routing::EvidenceKind::kEmbedding:
      return MakeEmbeddingGetter(info, embedder);
    case routing::EvidenceKind::kScores:
      return MakeScoresGetter(info, config);
    case routing::EvidenceKind::kWinRate:
      return MakeProgramGetter(info, config);
    case routing::EvidenceKind::kLogits:
      return MakeClassifierGetter(config);
  }
  return nullptr;
}

}  // namespace

Result<Scorer> Scorer::Make(std::unique_ptr<const routing::Router> router,
                            const config::RouterConfig& config,
                            const std::optional<config::EmbedderConfig>& embedder) {
  auto getter = MakeGetter(router->Info(), config, embedder);
  if (!getter) return tl::unexpected(std::move(getter.error()));
  Scorer scorer(std::move(router));
  scorer.getter_ = *std::move(getter);
  return scorer;
}

std::vector<Result<WinRate>> Scorer::Score(std::span<const std::string_view> prompts) const {
  std::vector<Result<WinRate>> win_rates;
  win_rates.reserve(prompts.size());
  if (getter_ == nullptr) {
    for (const std::string_view prompt : prompts)
      win_rates.push_back(router_->Score({.prompt = prompt}, {}));
    return win_rates;
  }
  std::vector<std::string> sane;
  sane.reserve(prompts.size());
  for (const std::string_view prompt : prompts) sane.push_back(text::SanitizeUtf8(prompt));
  const std::vector<std::string_view> texts(sane.begin(), sane.end());
  const auto values = getter_->Get(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    win_rates.push_back(values[i].and_then([&](const EvidenceValue& value) {
      return router_->Score({.prompt = texts[i]}, evidence::View(value));
    }));
  }
  return win_rates;
}

Result<routing::Explanation> Scorer::Explain(std::string_view prompt) const {
  if (getter_ == nullptr) return router_->Explain({.prompt = prompt}, {});
  const std::string sane = text::SanitizeUtf8(prompt);
  const std::array<std::string_view, 1> one{sane};
  const auto values = getter_->Get(one);
  return values.front().and_then([&](const EvidenceValue& value) {
    return router_->Explain({.prompt = sane}, evidence::View(value));
  });
}

Result<std::vector<double>> Scorer::ScoreAll(
    std::span<const std::string> prompts, std::size_t max_bytes,
    const std::function<void(std::size_t done)>& progress) const {
  constexpr std::size_t kBlock = 64;
  std::vector<double> scores(prompts.size());
  std::mutex mutex;  // protects the two below
  std::size_t done = 0;
  std::optional<Error> error;
  const auto failed = [&] {
    const std::lock_guard lock(mutex);
    return error.has_value();
  };
  ParallelFor((prompts.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    if (failed()) return;
    const std::size_t begin = block * kBlock;
    const std::size_t size = std::min(kBlock, prompts.size() - begin);
    std::vector<std::string_view> texts;
    texts.reserve(size);
    for (std::size_t i = begin; i < begin + size; ++i)
      texts.push_back(text::TruncateUtf8(prompts[i], max_bytes));
    const auto win_rates = Score(texts);
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < size; ++i) {
      if (!win_rates[i] && !error) error = win_rates[i].error();
      if (win_rates[i]) scores[begin + i] = win_rates[i]->value();
    }
    done += size;
    if (progress && !error) progress(done);
  });
  if (error) return tl::unexpected(*std::move(error));
  return scores;
}

}  // namespace routellm::evidence_client
