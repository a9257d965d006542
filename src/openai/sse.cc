#include "openai/sse.h"

namespace routellm::openai {

void SseDecoder::Append(std::string_view part) {
  constexpr std::size_t kFieldBytes = std::string_view("data: ").size();
  line_ += part.substr(0, kFieldBytes + max_event_bytes_ - line_.size());
}

bool SseDecoder::TakeLine(std::string_view line) {
  if (line.empty()) {
    const bool complete = has_data_;
    has_data_ = in_event_ = false;
    return complete;
  }
  in_event_ = true;
  if (!line.starts_with("data") || (line.size() > 4 && line[4] != ':')) return false;
  line.remove_prefix(line.size() > 4 ? 5 : 4);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (has_data_ && data_.size() < max_event_bytes_) data_ += '\n';
  has_data_ = true;
  data_ += line.substr(0, max_event_bytes_ - data_.size());
  return false;
}

std::string EncodeSse(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }

}  // namespace routellm::openai
