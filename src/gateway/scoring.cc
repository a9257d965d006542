#include "gateway/scoring.h"

#include <atomic>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/inbox.h"
#include "upstream/json_post.h"

namespace routellm::gateway {

namespace asio = net::asio;
using evidence::EvidenceValue;
using net::Awaitable;

// The one who waits may leave before the end, so that both sides hold it.
struct Scoring::Wait {
  net::Signal done;
  std::optional<Result<EvidenceValue>> result;
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::function<void()> cancel;

  void Finish(Result<EvidenceValue> outcome) {
    if (result) return;
    result = std::move(outcome);
    done.Notify();
  }
  void GiveUp(ErrorCode code, std::string message) {
    if (result) return;
    *cancelled = true;
    if (cancel) cancel();
    Finish(Fail(code, std::move(message)));
  }
};

namespace {

constexpr unsigned kOk = 200;

// A place among those who may wait, until the work is done, whether its result is still wanted or
// not. Null: none is free.
std::shared_ptr<void> TakePlace(EvidenceProvider& provider) {
  if (provider.waiting.fetch_add(1) >= provider.limits.max_waiting) {
    --provider.waiting;
    return nullptr;
  }
  return {&provider, [](void* taken) { --static_cast<EvidenceProvider*>(taken)->waiting; }};
}

Result<EvidenceValue> ReadAnswer(const evidence::Question& question,
                                 const Result<upstream::JsonAnswer>& answer) {
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == kOk) return question.Read(answer->body);
  return Fail(ErrorCode::kUpstreamUnavailable, "the server of the evidence refuses to answer",
              "status " + std::to_string(answer->status));
}

}  // namespace

Scoring::Scoring(EventLoop& loop, const Route& route, std::string prompt)
    : loop_(loop), route_(route), prompt_(std::move(prompt)) {}

void Scoring::Cancel() {
  cancelled_ = true;
  if (!wait_) return;
  // Not at once: whoever calls may be about to be destroyed by the one who waits.
  loop_.inbox()->Post(
      [wait = wait_] { wait->GiveUp(ErrorCode::kCancelled, "the client has left"); });
}

Awaitable<Result<WinRate>> Scoring::Run() {
  EvidenceValue value;
  for (EvidenceProvider* provider : {route_.evidence, route_.slow_scoring}) {
    if (provider == nullptr) continue;
    Result<EvidenceValue> got = co_await Get(*provider, value);
    if (!got) co_return tl::unexpected(std::move(got.error()));
    value = std::move(*got);
  }
  if (route_.slow_scoring != nullptr) co_return std::get<WinRate>(value);
  co_return route_.router->Score({.prompt = prompt_}, evidence::View(value));
}

Awaitable<Result<EvidenceValue>> Scoring::Get(EvidenceProvider& provider,
                                              const EvidenceValue& known) {
  EvidenceCounters& counters = loop_.metrics().evidence(provider);
  EvidenceCache::Key key{};
  if (provider.cache) {
    key = EvidenceCache::KeyOf(prompt_);
    if (auto found = provider.cache->Find(key)) {
      counters.cached.Add();
      co_return std::move(*found);
    }
  }
  const auto start = net::Clock::now();
  Result<EvidenceValue> value = co_await Fetch(provider, known);
  counters.Count(value ? std::nullopt : std::optional(value.error().code),
                 net::Clock::now() - start);
  if (value && provider.cache) provider.cache->Insert(key, *value);
  co_return value;
}

Awaitable<Result<EvidenceValue>> Scoring::Fetch(EvidenceProvider& provider,
                                                const EvidenceValue& known) {
  if (cancelled_) co_return Fail(ErrorCode::kCancelled, "the client has left");
  std::shared_ptr<void> place = TakePlace(provider);
  if (!place) co_return Fail(ErrorCode::kOverloaded, "too many prompts wait for " + provider.name);
  const auto wait = std::make_shared<Wait>();
  wait_ = wait;
  net::Timer timer(loop_.executor(), provider.limits.timeout);
  timer.async_wait([wait](net::error_code error) {
    if (!error) wait->GiveUp(ErrorCode::kUpstreamTimeout, "the evidence did not come in time");
  });
  if (provider.question) {
    StartPost(provider, std::move(place), wait);
  } else {
    StartSource(provider, known, std::move(place), wait);
  }
  if (!wait->result) co_await wait->done.Wait();
  wait->cancel = nullptr;
  wait_.reset();
  co_return std::move(*wait->result);
}

void Scoring::StartSource(EvidenceProvider& provider, const EvidenceValue& known,
                          std::shared_ptr<void> place, const std::shared_ptr<Wait>& wait) {
  evidence::Ask ask{.prompt = prompt_, .known = known, .cancelled = wait->cancelled};
  provider.source->Get(std::move(ask), [wait, place = std::move(place),
                                        inbox = loop_.inbox()](Result<EvidenceValue> value) {
    inbox->Post([wait, value = std::move(value)]() mutable { wait->Finish(std::move(value)); });
  });
}

void Scoring::StartPost(EvidenceProvider& provider, std::shared_ptr<void> place,
                        const std::shared_ptr<Wait>& wait) {
  const auto post = std::make_shared<upstream::JsonPost>(
      loop_.origin(provider), provider.request_head, provider.question->Body(prompt_));
  wait->cancel = [post] { post->Cancel(); };
  const auto run = [](std::shared_ptr<upstream::JsonPost> running,
                      const evidence::Question& question, std::shared_ptr<Wait> waiting,
                      std::shared_ptr<void> /*place*/) -> Awaitable<> {
    const Result<upstream::JsonAnswer> answer = co_await running->Run();
    waiting->Finish(ReadAnswer(question, answer));
  };
  asio::co_spawn(loop_.executor(), run(post, *provider.question, wait, std::move(place)),
                 asio::detached);
}

}  // namespace routellm::gateway
