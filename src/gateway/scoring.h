// The win rate of one prompt, where getting it means waiting: the only step of a decision that
// does.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/error.h"
#include "core/win_rate.h"
#include "evidence/evidence_value.h"
#include "gateway/event_loop.h"
#include "gateway/pipeline.h"

namespace routellm::gateway {

// Belongs to one event loop, whose thread never works on it for long.
class Scoring {
 public:
  // All references must outlive it.
  Scoring(EventLoop& loop, const Route& route, std::string prompt);

  // Gets what the route's router needs, from the cache where it is there, and scores. Errors:
  // kUpstreamTimeout after the provider's time; kOverloaded if as many wait already as may;
  // kCancelled; kUpstreamUnavailable and kInvalidData as the server answers, or not.
  net::Awaitable<Result<WinRate>> Run();

  // The prompt's client has left: Run returns soon.
  void Cancel();

 private:
  struct Wait;

  net::Awaitable<Result<evidence::EvidenceValue>> Get(EvidenceProvider& provider,
                                                      const evidence::EvidenceValue& known);
  net::Awaitable<Result<evidence::EvidenceValue>> Fetch(EvidenceProvider& provider,
                                                        const evidence::EvidenceValue& known);
  void StartSource(EvidenceProvider& provider, const evidence::EvidenceValue& known,
                   std::shared_ptr<void> place, const std::shared_ptr<Wait>& wait);
  void StartPost(EvidenceProvider& provider, std::shared_ptr<void> place,
                 const std::shared_ptr<Wait>& wait);

  EventLoop& loop_;
  const Route& route_;
  const std::string prompt_;
  std::shared_ptr<Wait> wait_;  // what is being waited for
  bool cancelled_ = false;
};

}  // namespace routellm::gateway
