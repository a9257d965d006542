// Any bytes as an HTTP message: wherever it is split, it reads as it does in one piece.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_parser.h"

namespace {

using routellm::net::FindHeadEnd;
using routellm::net::HttpParser;
namespace http = routellm::net::http;

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Message {
  bool has_head = false;
  bool failed = false;
  bool done = false;
  bool complete_at_end = false;  // of the input
  std::vector<std::pair<std::string, std::string>> fields;
  std::string content;
  std::size_t used = 0;
  bool operator==(const Message&) const = default;
};

// Reads as the gateway does: what the parser leaves is given again together with what follows.
template <bool kRequest>
class Reader {
 public:
  void Feed(std::string_view piece) {
    pending_ += piece;
    if (message_.failed) return;
    if (!message_.has_head && !ReadHead()) return;
    ReadBody();
  }

  Message Finish() {
    if (message_.has_head && !message_.failed && !message_.done) {
      message_.complete_at_end = parser_.EndOfInput();
    }
    // How far a message was read before it failed depends on the pieces.
    if (message_.failed) message_.content.clear(), message_.used = 0;
    return std::move(message_);
  }

 private:
  bool ReadHead() {
    const auto end = FindHeadEnd(pending_);
    if (!end) return false;
    head_ = pending_.substr(0, *end);
    pending_.erase(0, *end);
    message_.has_head = true;
    message_.used = *end;
    message_.failed = static_cast<bool>(parser_.ParseHead(head_));
    if (message_.failed) return false;
    for (const auto& field : parser_.fields())
      message_.fields.emplace_back(field.name, field.value);
    return true;
  }

  void ReadBody() {
    std::vector<std::string_view> content;
    boost::system::error_code error;
    const std::size_t used = parser_.ParseBody(pending_, content, error);
    Require(used <= pending_.size());
    for (const std::string_view view : content) message_.content += view;
    pending_.erase(0, used);
    message_.used += used;
    message_.failed = static_cast<bool>(error);
    message_.done = !error && parser_.done();
  }

  HttpParser<kRequest> parser_{1 << 16};
  std::string head_;  // the parser's fields point into it
  std::string pending_;
  Message message_;
};

template <bool kRequest>
Message Read(std::string_view first, std::string_view second) {
  Reader<kRequest> reader;
  reader.Feed(first);
  reader.Feed(second);
  return reader.Finish();
}

template <bool kRequest>
void CheckSplits(std::string_view input) {
  const Message whole = Read<kRequest>(input, {});
  for (std::size_t split = 0; split <= input.size(); ++split) {
    Require(Read<kRequest>(input.substr(0, split), input.substr(split)) == whole);
  }
  Reader<kRequest> reader;
  for (const char& byte : input) reader.Feed({&byte, 1});
  Require(reader.Finish() == whole);
}

std::optional<std::size_t> NaiveHeadEnd(std::string_view input) {
  for (std::size_t end = 2; end <= input.size(); ++end) {
    const std::string_view head = input.substr(0, end);
    if (head.ends_with("\n\n") || head.ends_with("\n\r\n")) return end;
  }
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxSize = 1024;
  if (size > kMaxSize) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Require(FindHeadEnd(input) == NaiveHeadEnd(input));
  CheckSplits<true>(input);
  CheckSplits<false>(input);
  return 0;
}
