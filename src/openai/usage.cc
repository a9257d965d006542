#include "openai/usage.h"

#include <charconv>
#include <cstring>

namespace routellm::openai {
namespace {

constexpr std::size_t kTailBytes = 8 * 1024;
constexpr std::uint64_t kMostTokens = 1'000'000'000;  // of one answer; more is not believed

std::string_view SkipSpace(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// The value of the key whose quoted name stands at `at`; empty if no key stands there.
std::string_view ValueOf(std::string_view json, std::size_t at, std::string_view quoted_name) {
  if (at == std::string_view::npos || (at > 0 && json[at - 1] == '\\')) return {};
  const std::string_view rest = SkipSpace(json.substr(at + quoted_name.size()));
  return rest.starts_with(':') ? SkipSpace(rest.substr(1)) : std::string_view();
}

std::uint64_t ReadCount(std::string_view object, std::string_view quoted_name) {
  const std::string_view text = ValueOf(object, object.find(quoted_name), quoted_name);
  std::uint64_t count = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), count).ptr;
  const bool is_whole =
      end == text.data() + text.size() || std::strchr(" \t\r\n,}", *end) != nullptr;
  return is_whole && count <= kMostTokens ? count : 0;
}

}  // namespace

std::optional<Usage> FindUsage(std::string_view json) {
  constexpr std::string_view kName = "\"usage\"";
  // From the end: the object stands behind the answer's text.
  std::size_t at = json.rfind(kName);
  while (at != std::string_view::npos) {
    const std::string_view object = ValueOf(json, at, kName);
    if (object.starts_with('{')) {
      return Usage{ReadCount(object, "\"prompt_tokens\""),
                   ReadCount(object, "\"completion_tokens\"")};
    }
    at = at == 0 ? std::string_view::npos : json.rfind(kName, at - 1);
  }
  return std::nullopt;
}

void UsageObserver::Feed(std::string_view piece) {
  if (is_event_stream_) {
    decoder_.Feed(piece, [this](std::string_view data) {
      if (const auto usage = FindUsage(data)) usage_ = usage;
    });
    return;
  }
  if (piece.size() >= kTailBytes) {
    tail_ = piece.substr(piece.size() - kTailBytes);
    return;
  }
  if (tail_.size() + piece.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  tail_ += piece;
}

std::optional<Usage> UsageObserver::Finish() const {
  return is_event_stream_ ? usage_ : FindUsage(tail_);
}

}  // namespace routellm::openai
