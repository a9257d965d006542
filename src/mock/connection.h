// One client of the simulated server.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "mock/answer.h"
#include "mock/chat_request.h"
#include "mock/http_reader.h"
#include "mock/journal.h"
#include "mock/options.h"

namespace routellm::mock {

// Lives on the loop of its socket. `options` and `journal` outlive it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, const Options& options, Journal& journal);

  // Answers requests until either side closes.
  boost::asio::awaitable<void> Run();

 private:
  enum class Next { kKeepAlive, kClose };
  using Clock = std::chrono::steady_clock;

  // The next request, with its bytes still in `buffer_`; none: the client has left or speaks no
  // HTTP.
  boost::asio::awaitable<std::optional<HttpRequest>> Read();
  boost::asio::awaitable<Next> Reply(const HttpRequest& request);
  boost::asio::awaitable<Next> ReplyToChat(const HttpRequest& request);
  boost::asio::awaitable<Next> Play(const ChatRequest& request);
  boost::asio::awaitable<Next> BreakOff(Break::Kind kind);
  boost::asio::awaitable<bool> SendTrickling(std::string_view bytes, const Script& script);

  // False: the client has left.
  boost::asio::awaitable<bool> Send(std::string_view bytes);
  boost::asio::awaitable<bool> WaitUntil(Clock::time_point due);

  // From here on, a client that leaves ends a wait.
  void WatchForHangUp();
  void StopWatching();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  const Options& options_;
  Journal& journal_;
  std::string buffer_;
  bool stale_ = false;
  bool watching_ = false;
  bool client_left_ = false;
};

}  // namespace routellm::mock
