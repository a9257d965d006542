// Faults and shapes that a request asks for, so that a test decides what the simulated server does
// to it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "mock/options.h"

namespace routellm::mock {

// How the end of a response body is told.
enum class Framing { kLength, kChunked, kClose };

// What becomes of the connection once `after_pieces` pieces of the answer are sent. A plain answer
// has three pieces: head and two halves of the body. A streamed answer has its head, then one piece
// for each event.
struct Break {
  enum class Kind { kClose, kReset, kStall };
  Kind kind;
  std::size_t after_pieces;
};

struct Script {
  AnswerShape shape;
  unsigned status = 200;
  std::optional<unsigned> retry_after;         // seconds, for a header field `retry-after`
  std::optional<unsigned> interim;             // a 1xx response first
  std::optional<std::size_t> declared_length;  // a `content-length` that may be wrong
  std::size_t header_bytes = 0;                // filler in the head
  std::optional<Framing> framing;  // else: by length for a plain answer, chunked for a stream
  std::optional<Break> broken;
  std::size_t trickle_bytes = 0;  // pieces are cut into so many bytes, `shape.token` apart
  bool hang_up = false;           // closes after the answer, unannounced
  bool stale = false;             // closes when the next request comes
  std::string raw;                // sent instead of an answer
};

// Parses "mock:ACTION;ACTION...", the value of `user` or `model` in a request. `shape` is the
// server's own. The actions are listed in kScriptHelp. Error kInvalidRequest for an unknown action
// or a number that is none.
[[nodiscard]] Result<Script> ParseScript(std::string_view text, const AnswerShape& shape);

inline constexpr std::string_view kScriptPrefix = "mock:";

// The actions, one a line, for help texts.
extern const std::string_view kScriptHelp;

}  // namespace routellm::mock
