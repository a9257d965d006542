// What event loops share to get one kind of evidence.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "config/endpoint.h"
#include "config/evidence.h"
#include "evidence/question.h"
#include "evidence/source.h"
#include "gateway/evidence_cache.h"

namespace routellm::gateway {

// One of the configuration's embedders, or a router that asks elsewhere or takes long to score.
// Either `question`, which each loop asks of `endpoint` itself, or `source`, which has threads.
struct EvidenceProvider {
  std::string name;  // "embedder:NAME" or "router:NAME"
  config::EvidenceLimits limits;
  std::unique_ptr<const evidence::Question> question;
  config::Endpoint endpoint;             // secret
  std::string request_head;              // secret
  std::unique_ptr<EvidenceCache> cache;  // null: nothing is kept
  std::size_t index = 0;                 // position in Pipeline::providers()
  std::atomic<std::size_t> waiting = 0;  // asks under way, of all loops
  // The first to end: what it then drops gives its places back.
  std::unique_ptr<evidence::Source> source;
};

}  // namespace routellm::gateway
