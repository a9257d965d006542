// Any bytes as a stream of events: however it is split, the decoder finds the events that a reading
// of the whole text by the standard finds, and the observer the same usage.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "openai/sse.h"
#include "openai/usage.h"

namespace {

using routellm::openai::SseDecoder;
using routellm::openai::Usage;
using routellm::openai::UsageObserver;

using Splits = std::vector<std::size_t>;  // rising places

void Require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string_view> Pieces(std::string_view text, const Splits& splits) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (const std::size_t end : splits) {
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

struct Events {
  std::vector<std::string> data;
  bool at_boundary = true;
  bool operator==(const Events&) const = default;
};

// WHATWG HTML, section 9.2.6, on the whole text.
Events ReadEvents(std::string_view text, std::size_t max_event_bytes) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    lines += text[i] == '\r' ? '\n' : text[i];
  }
  Events events;
  std::optional<std::string> data;
  std::size_t begin = 0;
  for (std::size_t end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = lines.substr(begin, end - begin);
    events.at_boundary = line.empty();
    if (line.empty()) {
      if (data) events.data.push_back(data->substr(0, max_event_bytes));
      data.reset();
      continue;
    }
    const std::size_t colon = line.find(':');
    if (line.substr(0, colon) != "data") continue;
    std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    data = data ? *data + '\n' + value : value;
  }
  events.at_boundary = events.at_boundary && begin == lines.size();
  return events;
}

Events Decode(std::string_view text, std::size_t max_event_bytes, const Splits& splits) {
  SseDecoder decoder(max_event_bytes);
  Events events;
  for (const std::string_view piece : Pieces(text, splits)) {
    decoder.Feed(piece, [&](std::string_view data) { events.data.emplace_back(data); });
  }
  events.at_boundary = decoder.at_event_boundary();
  return events;
}

std::optional<Usage> Observe(std::string_view text, bool is_event_stream, const Splits& splits) {
  UsageObserver observer(is_event_stream);
  for (const std::string_view piece : Pieces(text, splits)) observer.Feed(piece);
  return observer.Finish();
}

class Checker {
 public:
  explicit Checker(std::string_view text)
      : text_(text),
        events_(ReadEvents(text, kAmple)),
        cut_events_(ReadEvents(text, kCut)),
        stream_usage_(Observe(text, true, {})),
        plain_usage_(Observe(text, false, {})) {}

  void Check(const Splits& splits) const {
    Require(Decode(text_, kAmple, splits) == events_);
    Require(Decode(text_, kCut, splits) == cut_events_);
    Require(Observe(text_, true, splits) == stream_usage_);
    Require(Observe(text_, false, splits) == plain_usage_);
  }

 private:
  static constexpr std::size_t kAmple = 1 << 20;
  static constexpr std::size_t kCut = 12;

  std::string_view text_;
  Events events_;
  Events cut_events_;
  std::optional<Usage> stream_usage_;
  std::optional<Usage> plain_usage_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The observer reads the end of a plain answer; a text that is all end has one answer.
  constexpr std::size_t kMaxSize = 4096;
  constexpr std::size_t kMaxSizeForEverySplit = 256;
  if (size > kMaxSize) return 0;
  const Checker checker({reinterpret_cast<const char*>(data), size});
  checker.Check({});
  if (size <= kMaxSizeForEverySplit) {
    for (std::size_t split = 0; split <= size; ++split) checker.Check({split});
  }
  std::minstd_rand random(static_cast<std::uint_fast32_t>(size + 1));
  for (int round = 0; round < 8; ++round) {
    Splits splits(1 + random() % 16);
    for (std::size_t& split : splits) split = random() % (size + 1);
    std::sort(splits.begin(), splits.end());
    checker.Check(splits);
  }
  return 0;
}
