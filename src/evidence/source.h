// Where evidence is worked out on threads of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "core/error.h"
#include "evidence/evidence_value.h"

namespace routellm::evidence {

// What is asked for one prompt. Once `cancelled` is set nobody wants the answer any more.
struct Ask {
  std::string prompt;                                       // valid UTF-8, not empty
  EvidenceValue known = {};                                 // what was found out before
  std::shared_ptr<const std::atomic<bool>> cancelled = {};  // never null
};

// Implementations are thread-safe.
class Source {
 public:
  using Done = std::function<void(Result<EvidenceValue>)>;

  virtual ~Source() = default;

  // Whoever asks will do so soon: what takes long to start may start. Returns at once.
  virtual void Begin() {}

  // Returns at once. Calls `done` once, on any thread, possibly before it returns; not at all, but
  // destroys it, if the ask was cancelled or the source has ended. How many asks are under way is
  // for the caller to bound.
  virtual void Get(Ask ask, Done done) = 0;
};

}  // namespace routellm::evidence
