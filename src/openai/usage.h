// Reads, beside the data path, how many tokens an answer took.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "openai/sse.h"

namespace routellm::openai {

struct Usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  bool operator==(const Usage&) const = default;
};

// The object `usage` of an answer's JSON text, or nothing if there is none (or null). Reads no
// other field; a key inside a string does not count, since its quotes are escaped there.
[[nodiscard]] std::optional<Usage> FindUsage(std::string_view json);

// Watches one answer as its bytes pass. Not thread-safe; bounded memory. A compressed answer shows
// no usage.
class UsageObserver {
 public:
  explicit UsageObserver(bool is_event_stream) : is_event_stream_(is_event_stream) {}

  void Feed(std::string_view piece);

  // After the last piece: the usage stated last.
  [[nodiscard]] std::optional<Usage> Finish() const;

  // For an event stream, see SseDecoder; else true.
  [[nodiscard]] bool at_event_boundary() const {
    return !is_event_stream_ || decoder_.at_event_boundary();
  }

 private:
  const bool is_event_stream_;
  SseDecoder decoder_;
  std::optional<Usage> usage_;
  std::string tail_;  // the end of a plain answer, where `usage` stands
};

}  // namespace routellm::openai
