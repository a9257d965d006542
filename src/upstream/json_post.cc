#include "upstream/json_post.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_parser.h"

namespace routellm::upstream {

namespace asio = net::asio;
using net::Awaitable;
using net::error_code;

namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr unsigned kFirstServerError = 500;

}  // namespace

JsonPost::JsonPost(Origin& origin, std::string head, std::string body)
    : origin_(origin),
      head_(std::move(head) + "content-type: application/json\r\ncontent-length: " +
            std::to_string(body.size()) + "\r\n\r\n"),
      body_(std::move(body)) {}

void JsonPost::Cancel() {
  cancelled_ = true;
  if (stream_) stream_->Close();
}

tl::unexpected<Error> JsonPost::Unavailable(const std::string& reason) const {
  const Address& address = origin_.address();
  return Fail(ErrorCode::kUpstreamUnavailable, "the server of the evidence cannot be reached",
              address.host + ":" + address.port + ": " + reason);
}

Awaitable<Result<JsonAnswer>> JsonPost::Run() {
  Result<JsonAnswer> answer = co_await Attempt(/*fresh=*/false);
  const bool again = answer ? answer->status >= kFirstServerError
                            : answer.error().code == ErrorCode::kUpstreamUnavailable;
  if (again && !cancelled_) answer = co_await Attempt(/*fresh=*/true);
  co_return answer;
}

Awaitable<Result<JsonAnswer>> JsonPost::Attempt(bool fresh) {
  stream_ = fresh ? nullptr : origin_.TakeIdle();
  if (!stream_) {
    auto connection = co_await origin_.Connect();
    if (!connection) co_return tl::unexpected(std::move(connection.error()));
    stream_ = std::move(*connection);
  }
  bool reusable = false;
  Result<JsonAnswer> answer = Unavailable("given up");
  if (!cancelled_) answer = co_await Exchange(*stream_, reusable);
  if (reusable && !cancelled_) {
    stream_->ShrinkToInitial();
    origin_.Return(std::move(stream_));
  } else {
    stream_->Close();
  }
  stream_.reset();
  co_return answer;
}

Awaitable<Result<JsonAnswer>> JsonPost::Exchange(net::Stream& stream, bool& reusable) {
  std::array<asio::const_buffer, 2> request = {asio::buffer(head_), asio::buffer(body_)};
  // A server that refuses a body may answer before it has read it, so that the answer is looked for
  // even if this fails.
  const error_code sent = co_await stream.Write(request);
  std::optional<net::ResponseParser> parser;
  JsonAnswer answer;
  std::vector<std::string_view> pieces;
  error_code error;
  while (true) {
    const std::string_view input = stream.input();
    const auto head_end = parser ? std::nullopt : net::FindHeadEnd(input);
    if (head_end) {
      parser.emplace();
      if (const error_code bad = parser->ParseHead(input.substr(0, *head_end)))
        co_return Unavailable(bad.message());
      answer.status = parser->status();
      stream.Consume(*head_end);
      if (answer.status < 200) parser.reset();
      continue;
    }
    if (parser) {
      error_code malformed;
      pieces.clear();
      const std::size_t used = parser->ParseBody(input, pieces, malformed);
      for (const std::string_view piece : pieces) answer.body += piece;
      stream.Consume(used);
      if (answer.body.size() > kMaxAnswer)
        co_return Fail(ErrorCode::kInvalidData, "an answer with evidence is too long");
      const bool ended =
          error == asio::error::eof && parser->until_end_of_input() && parser->EndOfInput();
      if (parser->done() || ended) {
        reusable = parser->done() && parser->keep_alive() && !sent && stream.input().empty() &&
                   !stream.input_ended();
        co_return answer;
      }
      if (malformed) co_return Unavailable(malformed.message());
    } else if (input.size() > kMaxHead) {
      co_return Unavailable("the header of its answer is over 64 KiB");
    }
    if (error) co_return Unavailable(error.message());
    if (stream.full()) stream.Reserve(2 * stream.input().size() + 1);
    error = co_await stream.Read();
  }
}

}  // namespace routellm::upstream
