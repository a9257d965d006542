// What a simulated model server says, and how fast.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace routellm::mock {

// The shape of one answer. A streamed answer comes in `chunks` deltas of `chunk_bytes` bytes of
// text, one token each; a plain answer holds the same text and takes the same time.
struct AnswerShape {
  std::size_t chunks = 16;
  std::size_t chunk_bytes = 6;
  std::chrono::milliseconds first_token{0};  // from the request to the answer's first byte
  std::chrono::milliseconds token{0};        // from one delta to the next
};

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port
  unsigned workers = 1;    // event loops, each on a thread of its own; at least 1
  std::string model = "mock";
  AnswerShape shape;
  std::size_t recorded_requests = 0;  // how many of the latest requests `GET /mock/requests` shows
};

}  // namespace routellm::mock
