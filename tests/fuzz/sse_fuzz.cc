// Any bytes as an event stream: the events are the same however the bytes are cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "openai/sse.h"

namespace {

constexpr std::size_t kMaxSplits = 256;

struct Outcome {
  std::vector<std::string> events;
  bool at_boundary = false;
  bool operator==(const Outcome&) const = default;
};

Outcome Decode(const std::vector<std::string_view>& pieces) {
  routellm::openai::SseDecoder decoder;
  Outcome outcome;
  for (const auto piece : pieces) {
    decoder.Feed(piece, [&](std::string_view event) { outcome.events.emplace_back(event); });
  }
  outcome.at_boundary = decoder.at_event_boundary();
  return outcome;
}

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto whole = Decode({stream});
  for (std::size_t i = 0; i <= std::min(size, kMaxSplits); ++i) {
    Require(Decode({stream.substr(0, i), stream.substr(i)}) == whole);
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(stream.substr(i, 1));
  Require(Decode(bytes) == whole);
  return 0;
}
