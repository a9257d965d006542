// One client connection: reads its requests, one after the other, and answers each.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/error.h"
#include "gateway/client.h"
#include "gateway/event_loop.h"
#include "gateway/exchange.h"
#include "gateway/request_reader.h"
#include "gateway/resources.h"
#include "net/async.h"

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

  // Ends what is being answered, and still says so.
  void CutOff();

  // Ends the connection now.
  void Abort();

 private:
  struct Reply {
    unsigned status;
    std::string_view content_type;
    std::string body;
    std::string fields;  // further ones, "name: value\r\n" each
  };
  struct Plan {
    Decision decision;
    ModelPlace model_place;
    std::string prompt;  // of a decision that must wait
    std::string id;      // a JSON scalar; empty if there is none
  };

  net::Awaitable<> Serve();
  net::Awaitable<> Refuse(const Error& error);
  net::Awaitable<> Dispatch();
  net::Awaitable<> HandleChat();
  net::Awaitable<> HandleRoute();
  Result<Plan> MakePlan(Result<void> (*is_complete)(const openai::RequestView&));
  net::Awaitable<bool> Await(Plan& plan);
  std::string Explain(const Decision& decision);
  Reply Answer(const Resource* resource);
  static Reply ErrorReply(const Error& error, std::string fields = {});
  net::Awaitable<> Send(const Reply& reply);
  net::Awaitable<> Linger();

  EventLoop& loop_;
  Client client_;
  ClientRequest request_;
  RequestReader reader_;
  const bool overloaded_;
  std::string head_;                     // of a response
  std::function<void()> abort_scoring_;  // of the running decision
  Exchange* exchange_ = nullptr;         // the running one
};

}  // namespace routellm::gateway
