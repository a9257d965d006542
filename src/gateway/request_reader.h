// Reads the requests of one client connection, within limits of size and time.
#pragma once

#include <cstddef>
#include <string>

#include "core/error.h"
#include "gateway/client.h"
#include "gateway/event_loop.h"
#include "net/async.h"
#include "net/http_parser.h"

namespace routellm::gateway {

// The buffer that a client connection holds as long as it lives, in bytes.
inline constexpr std::size_t kClientBuffer = 8 * 1024;

class RequestReader {
 public:
  // What reading came to: nothing to answer any more, an error to answer before the end, or a
  // request.
  enum class Outcome { kEnded, kFailed, kRequest };

  // All references must outlive the reader.
  RequestReader(EventLoop& loop, Client& client, ClientRequest& request);

  // Reads the next request with its whole body. `request.body` stays valid until Release.
  net::Awaitable<Outcome> Read();

  // Gives back the memory of the request that was read.
  void Release();

  // Why it failed: kInvalidRequest, kHeadersTooLarge, kPayloadTooLarge or kRequestTimeout.
  [[nodiscard]] const Error& error() const { return error_; }

  // No byte of a request has come since the last one.
  [[nodiscard]] bool idle() const { return idle_; }

 private:
  net::Awaitable<Outcome> ReadHead();
  net::Awaitable<Outcome> ReadBody(net::RequestParser& parser);
  net::Awaitable<Outcome> ReadSizedBody(std::size_t length);
  net::Awaitable<Outcome> ReadChunkedBody(net::RequestParser& parser);
  net::Awaitable<bool> AcceptContinue();
  Outcome Fail(ErrorCode code, std::string message);
  void TakeFields(const net::RequestParser& parser);

  EventLoop& loop_;
  Client& client_;
  ClientRequest& request_;
  Error error_;
  std::size_t unread_ = 0;    // bytes of the request that still stand in the stream's input
  std::string chunked_body_;  // a body that came in chunks, with padding
  bool idle_ = true;
};

}  // namespace routellm::gateway
