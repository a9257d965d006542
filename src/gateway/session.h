// One client connection: reads its requests, one after the other, and answers each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "gateway/client.h"
#include "gateway/event_loop.h"
#include "gateway/exchange.h"
#include "gateway/resources.h"
#include "net/async.h"
#include "net/http_parser.h"

namespace routellm::gateway {

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `overloaded`: answers so and ends.
  Session(EventLoop& loop, net::TcpSocket socket, bool overloaded);
  ~Session();

  // Serves until the connection ends. Keep the session alive until then.
  net::Awaitable<> Run();

  // Ends waits that took too long.
  void Check();

  // Ends the connection as soon as no request is being answered.
  void Stop();

  // Ends the connection now.
  void Abort();

 private:
  // What reading a request came to: nothing to answer any more, an error to answer before the end,
  // or a request.
  enum class Reading { kEnded, kFailed, kRequest };

  net::Awaitable<Reading> ReadRequest();
  net::Awaitable<Reading> ReadHead();
  net::Awaitable<Reading> ReadBody(net::RequestParser& parser);
  net::Awaitable<Reading> ReadSizedBody(std::size_t length);
  net::Awaitable<Reading> ReadChunkedBody(net::RequestParser& parser);
  net::Awaitable<bool> AcceptContinue();
  Reading FailReading(ErrorCode code, std::string message);
  void TakeFields(const net::RequestParser& parser);

  struct Reply {
    unsigned status;
    std::string_view content_type;
    std::string body;
    std::string fields;  // further ones, "name: value\r\n" each
  };
  struct ChatPlan {
    Decision decision;
    ModelPlace model_place;
  };

  net::Awaitable<> Dispatch();
  net::Awaitable<> HandleChat();
  Result<ChatPlan> PlanChat();
  Reply Answer(const Resource* resource);
  Reply AnswerRoute();
  static Reply ErrorReply(const Error& error, std::string fields = {});
  net::Awaitable<> Send(const Reply& reply);
  net::Awaitable<> Linger();

  EventLoop& loop_;
  Client client_;
  const bool overloaded_;
  ClientRequest request_;
  Error reading_error_;
  std::size_t unread_ = 0;    // bytes of the request that still stand in the stream's input
  std::string chunked_body_;  // a body that came in chunks, with padding
  std::string head_;          // of a response
  bool idle_ = true;          // no request has begun
  std::function<void()> abort_exchange_;
};

}  // namespace routellm::gateway
