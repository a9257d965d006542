// One chat completion on its way: the request to the chosen model's upstream, the answer back as it
// comes.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "core/error.h"
#include "gateway/client.h"
#include "gateway/event_loop.h"
#include "gateway/metrics.h"
#include "gateway/pipeline.h"
#include "net/http_parser.h"
#include "net/stream.h"
#include "openai/usage.h"

namespace routellm::gateway {

// Where the value of `model` lies in the request's body, quotes included.
struct ModelPlace {
  std::size_t begin;
  std::size_t end;
};

class Exchange {
 public:
  // All references must outlive the exchange. `start`: when the request had been read.
  Exchange(EventLoop& loop, Client& client, ClientRequest& request, const Decision& decision,
           ModelPlace model_place, net::Clock::time_point start);

  // Forwards the request and passes the answer through; whatever status the upstream answers is an
  // answer. An error is returned only while nothing has been sent to the client, who then must be
  // told: kUpstreamUnavailable, kUpstreamTimeout. Clears `request.keep_alive` where the client's
  // connection cannot be used any further.
  net::Awaitable<Result<void>> Run();

  // Ends the exchange and the client's connection; Run returns soon.
  void Abort();

  // Ends the exchange because the gateway stops: the client is still told so.
  void CutOff();

  // The response fields that tell of the decision.
  [[nodiscard]] const std::string& decision_fields() const { return decision_fields_; }

  // What became of the request; complete when Run has returned.
  [[nodiscard]] RequestRecord record() const;

 private:
  using Buffers = std::vector<net::asio::const_buffer>;

  net::Awaitable<Result<void>> Attempt(bool& may_retry);
  net::Awaitable<net::error_code> SendRequest();
  net::Awaitable<Result<void>> ReadResponseHead();
  net::Awaitable<net::error_code> ReadUpstream(net::Clock::duration limit);
  net::Awaitable<> RelayResponse();
  net::Awaitable<bool> WriteToClient(bool last);
  net::Awaitable<> BreakOff(const Error& why);

  void WriteResponseHead();
  Result<void> FailUpstream(ErrorCode code, std::string message, const std::string& reason) const;
  void ReleaseUpstream();

  EventLoop& loop_;
  Client& client_;
  ClientRequest& request_;
  const Decision decision_;
  const ModelPlace model_place_;
  const net::Clock::time_point start_;
  std::string decision_fields_;

  std::shared_ptr<net::Stream> upstream_;
  std::optional<net::ResponseParser> response_;
  std::size_t response_head_size_ = 0;
  bool is_event_stream_ = false;
  bool in_chunks_ = false;  // how the answer's body is framed for the client
  std::optional<openai::UsageObserver> usage_;

  std::string head_;                       // towards the client, until it is sent
  std::vector<std::string_view> content_;  // of the answer, not yet sent
  std::string chunk_head_;
  Buffers buffers_;

  bool client_gone_ = false;
  bool cut_off_ = false;
  bool sent_ = false;  // the whole request, to the upstream
  unsigned status_ = 0;
  net::Clock::duration upstream_wait_{0};
  std::optional<net::Clock::duration> first_byte_;
  net::Clock::time_point end_;
};

}  // namespace routellm::gateway
