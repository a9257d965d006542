// Server-sent events (WHATWG HTML, section 9.2.6), the form of streamed answers.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace routellm::openai {

// Finds the events of a stream given in pieces of any size. Only the field `data` is kept; comments
// and other fields are skipped. Line ends: LF, CRLF, CR. Not thread-safe.
class SseDecoder {
 public:
  // The data of an event beyond `max_event_bytes` are dropped, so that a stream cannot fill the
  // memory.
  explicit SseDecoder(std::size_t max_event_bytes = 1 << 20) : max_event_bytes_(max_event_bytes) {}

  // Calls `on_data` with the data of each event that `piece` completes (its lines joined by LF,
  // valid during the call). Events without data are not reported.
  template <typename OnData>
  void Feed(std::string_view piece, OnData&& on_data);

  // True where the stream may end, or another event may be put in, without tearing an event.
  [[nodiscard]] bool at_event_boundary() const { return line_.empty() && !in_event_; }

 private:
  // Appends to the begun line what of it can matter.
  void Append(std::string_view part);

  // Takes a whole line without its end; true if it ends an event with data, which is then in data_.
  bool TakeLine(std::string_view line);

  const std::size_t max_event_bytes_;
  std::string line_;  // the begun line
  std::string data_;
  bool has_data_ = false;
  bool in_event_ = false;      // a line of the event has come
  bool after_return_ = false;  // the last byte was CR: a following LF belongs to it
};

// `data` (one line) as an event.
[[nodiscard]] std::string EncodeSse(std::string_view data);

template <typename OnData>
void SseDecoder::Feed(std::string_view piece, OnData&& on_data) {
  if (after_return_ && !piece.empty()) {
    if (piece.front() == '\n') piece.remove_prefix(1);
    after_return_ = false;
  }
  while (!piece.empty()) {
    const std::size_t end = piece.find_first_of("\r\n");
    const std::string_view part = piece.substr(0, end);
    if (end == std::string_view::npos) {
      Append(part);
      return;
    }
    const bool is_return = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    if (is_return) {
      if (piece.empty()) {
        after_return_ = true;
      } else if (piece.front() == '\n') {
        piece.remove_prefix(1);
      }
    }
    bool complete = false;
    if (line_.empty()) {
      complete = TakeLine(part);
    } else {
      Append(part);
      complete = TakeLine(line_);
      line_.clear();
    }
    if (complete) {
      on_data(std::string_view(data_));
      data_.clear();
    }
  }
}

}  // namespace routellm::openai
