#include "mock/http_reader.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace routellm::mock {
namespace {

constexpr std::size_t kMaxRequestBytes = 256 * 1024 * 1024;

struct Head {
  std::size_t bytes = 0;  // with the blank line
  std::string_view method;
  std::string_view target;
  std::size_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
};

struct Body {
  std::size_t raw_bytes = 0;
  std::string decoded;
};

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

tl::unexpected<Error> Malformed() {
  return Fail(ErrorCode::kInvalidRequest, "malformed HTTP request");
}

template <int kBase>
Result<std::size_t> ParseSize(std::string_view text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, kBase);
  if (error != std::errc{} || end != text.data() + text.size()) return Malformed();
  if (size > kMaxRequestBytes) return Fail(ErrorCode::kPayloadTooLarge, "request too large");
  return size;
}

Result<void> ReadField(std::string_view line, Head& head) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return Malformed();
  const auto name = line.substr(0, colon);
  const auto value = Trimmed(line.substr(colon + 1));
  if (EqualsIgnoringCase(name, "content-length")) {
    return ParseSize<10>(value).map([&](std::size_t size) { head.content_length = size; });
  }
  if (EqualsIgnoringCase(name, "transfer-encoding"))
    head.chunked = EqualsIgnoringCase(value, "chunked");
  if (EqualsIgnoringCase(name, "connection"))
    head.keep_alive = EqualsIgnoringCase(value, "keep-alive");
  if (EqualsIgnoringCase(name, "expect")) head.expects_continue = true;
  return {};
}

// nullopt: the head is not complete.
Result<std::optional<Head>> ReadHead(std::string_view buffer) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Head head;
  head.bytes = end + 4;
  auto lines = buffer.substr(0, end + 2);
  const auto next_line = [&lines] {
    const auto line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size() + 2);
    return line;
  };
  const auto first = next_line();
  const auto space = first.find(' ');
  const auto last_space = first.rfind(' ');
  if (space == last_space) return Malformed();
  head.method = first.substr(0, space);
  head.target = first.substr(space + 1, last_space - space - 1);
  head.keep_alive = first.substr(last_space + 1) == "HTTP/1.1";
  while (!lines.empty()) {
    if (auto read = ReadField(next_line(), head); !read) return tl::unexpected(read.error());
  }
  return head;
}

// nullopt: the body is not complete.
Result<std::optional<Body>> ReadChunkedBody(std::string_view buffer) {
  Body body;
  for (;;) {
    const auto line_end = buffer.find("\r\n", body.raw_bytes);
    if (line_end == std::string_view::npos) return std::nullopt;
    const auto line = buffer.substr(body.raw_bytes, line_end - body.raw_bytes);
    const auto size = ParseSize<16>(Trimmed(line.substr(0, line.find(';'))));
    if (!size) return tl::unexpected(size.error());
    const auto data = line_end + 2;
    if (buffer.size() < data + *size + 2) return std::nullopt;
    body.decoded += buffer.substr(data, *size);
    body.raw_bytes = data + *size + 2;
    if (*size == 0) return body;
  }
}

}  // namespace

Result<ReadState> ReadRequest(std::string_view buffer) {
  const auto head = ReadHead(buffer);
  if (!head) return tl::unexpected(head.error());
  if (!*head) return ReadState{};
  const auto rest = buffer.substr((*head)->bytes);
  Body body{(*head)->content_length, {}};
  if ((*head)->chunked) {
    auto chunked = ReadChunkedBody(rest);
    if (!chunked) return tl::unexpected(chunked.error());
    if (!*chunked) return ReadState{std::nullopt, (*head)->expects_continue};
    body = std::move(**chunked);
  } else if (rest.size() < body.raw_bytes) {
    return ReadState{std::nullopt, (*head)->expects_continue};
  } else {
    body.decoded = rest.substr(0, body.raw_bytes);
  }
  return ReadState{HttpRequest{buffer.substr(0, (*head)->bytes + body.raw_bytes), (*head)->method,
                               (*head)->target, std::move(body.decoded), (*head)->keep_alive},
                   false};
}

}  // namespace routellm::mock
