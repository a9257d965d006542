#include "mock/script.h"

#include <charconv>
#include <functional>
#include <string>
#include <utility>

#include "core/percent_encoding.h"

namespace routellm::mock {
namespace {

Result<std::size_t> ParseNumber(std::string_view action, std::string_view value) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return Fail(ErrorCode::kInvalidRequest,
                "mock: '" + std::string(action) + "' takes a whole number");
  }
  return number;
}

using Setter = void (*)(Script&, std::size_t);

constexpr std::pair<std::string_view, Setter> kNumbers[] = {
    {"status", [](Script& s, std::size_t n) { s.status = static_cast<unsigned>(n); }},
    {"retry-after", [](Script& s, std::size_t n) { s.retry_after = static_cast<unsigned>(n); }},
    {"interim", [](Script& s, std::size_t n) { s.interim = static_cast<unsigned>(n); }},
    {"length", [](Script& s, std::size_t n) { s.declared_length = n; }},
    {"headers", [](Script& s, std::size_t n) { s.header_bytes = n; }},
    {"trickle", [](Script& s, std::size_t n) { s.trickle_bytes = n; }},
    {"chunks", [](Script& s, std::size_t n) { s.shape.chunks = n; }},
    {"chunk-bytes", [](Script& s, std::size_t n) { s.shape.chunk_bytes = n; }},
    {"first-token-ms",
     [](Script& s, std::size_t n) { s.shape.first_token = std::chrono::milliseconds(n); }},
    {"token-ms", [](Script& s, std::size_t n) { s.shape.token = std::chrono::milliseconds(n); }},
    {"close",
     [](Script& s, std::size_t n) {
       s.broken = Break{Break::Kind::kClose, n};
     }},
    {"reset",
     [](Script& s, std::size_t n) {
       s.broken = Break{Break::Kind::kReset, n};
     }},
    {"stall",
     [](Script& s, std::size_t n) {
       s.broken = Break{Break::Kind::kStall, n};
     }},
};

constexpr std::pair<std::string_view, void (*)(Script&)> kSwitches[] = {
    {"chunked", [](Script& s) { s.framing = Framing::kChunked; }},
    {"until-close", [](Script& s) { s.framing = Framing::kClose; }},
    {"hang-up", [](Script& s) { s.hang_up = true; }},
    {"stale", [](Script& s) { s.stale = true; }},
};

Result<void> Apply(Script& script, std::string_view action) {
  const auto equals = action.find('=');
  const auto name = action.substr(0, equals);
  const auto value =
      equals == std::string_view::npos ? std::string_view{} : action.substr(equals + 1);
  if (name == "raw") {
    script.raw = PercentDecoded(value);
    return {};
  }
  for (const auto& [known, set] : kSwitches) {
    if (name == known) return set(script), Result<void>{};
  }
  for (const auto& [known, set] : kNumbers) {
    if (name == known)
      return ParseNumber(name, value).map([&, set = set](std::size_t number) {
        set(script, number);
      });
  }
  return Fail(ErrorCode::kInvalidRequest, "mock: unknown action '" + std::string(name) + "'");
}

}  // namespace

const std::string_view kScriptHelp =
    R"(A request whose `user` or `model` is "mock:ACTION;ACTION..." is answered as it asks:
  status=N          this status, with an error body from 400 on
  retry-after=S     a header field retry-after
  interim=N         a 1xx response first
  headers=BYTES     so many bytes of header fields
  length=N          this content-length, right or wrong
  chunked           chunked transfer coding    until-close  body ended by closing
  close=N           closes after N pieces: a plain answer is its head and two halves of
  reset=N           its body, a streamed one its head and then each event; reset=N ends
  stall=N           the connection by a TCP reset, stall=N sends nothing more
  trickle=BYTES     pieces cut into so many bytes, token-ms apart
  hang-up           closes after the answer without saying so
  stale             closes when the connection's next request comes
  raw=BYTES         these bytes (percent-encoded) as the whole response
  chunks=N chunk-bytes=N first-token-ms=N token-ms=N    as the options of these names)";

Result<Script> ParseScript(std::string_view text, const AnswerShape& shape) {
  Script script;
  script.shape = shape;
  if (!text.starts_with(kScriptPrefix)) return script;
  text.remove_prefix(kScriptPrefix.size());
  while (!text.empty()) {
    const auto action = text.substr(0, text.find(';'));
    if (auto applied = Apply(script, action); !applied) return tl::unexpected(applied.error());
    text.remove_prefix(std::min(text.size(), action.size() + 1));
  }
  return script;
}

}  // namespace routellm::mock
