// A real server on the loopback interface whose answers a test writes byte by byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace routellm::http_client {

enum class Then { kKeep, kClose, kStall };  // kStall: send no more until the client leaves

struct Reply {
  std::string bytes;  // head and body as they go over the wire
  Then then = Then::kKeep;
};

// A whole answer; `fields` are lines that end in CRLF.
inline Reply Answer(std::string_view status, std::string_view body, std::string_view fields = "") {
  return {"HTTP/1.1 " + std::string(status) + "\r\ncontent-length: " + std::to_string(body.size()) +
          "\r\n" + std::string(fields) + "\r\n" + std::string(body)};
}

struct ReceivedRequest {
  std::string head;  // request line and fields, without the empty line
  std::string body;

  [[nodiscard]] bool Has(std::string_view text) const {
    return head.find(text) != std::string::npos;
  }
};

// One thread for each connection. `script` is called under a lock, with the number of requests
// before this one.
class ScriptedServer {
 public:
  using Script = std::function<Reply(const ReceivedRequest& request, std::size_t number)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0 || ::pipe(stop_) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    ::close(stop_[1]);  // readable from now on
    acceptor_.join();
    for (std::thread& thread : connections_) thread.join();
    ::close(stop_[0]);
    ::close(listener_);
  }

  [[nodiscard]] std::string Url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  [[nodiscard]] std::vector<ReceivedRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] std::size_t connections() {
    const std::lock_guard lock(mutex_);
    return connections_.size();
  }

 private:
  // Whether `socket` became readable before the server's end.
  bool Readable(int socket) {
    pollfd polled[] = {{socket, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    return ::poll(polled, 2, -1) > 0 && polled[1].revents == 0;
  }

  void Accept() {
    while (Readable(listener_)) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const std::lock_guard lock(mutex_);
      connections_.emplace_back([this, socket] {
        std::string input;
        while (Serve(socket, input)) continue;
        ::close(socket);
      });
    }
  }

  bool Receive(int socket, std::string& input) {
    char block[65536];
    if (!Readable(socket)) return false;
    const ssize_t bytes = ::recv(socket, block, sizeof(block), 0);
    if (bytes <= 0) return false;
    input.append(block, static_cast<std::size_t>(bytes));
    return true;
  }

  bool Serve(int socket, std::string& input) {
    std::size_t end = 0;
    while ((end = input.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive(socket, input)) return false;
    }
    ReceivedRequest request{input.substr(0, end), ""};
    input.erase(0, end + 4);
    const std::size_t field = request.head.find("Content-Length: ");
    const std::size_t length =
        field == std::string::npos ? 0 : std::stoul(request.head.substr(field + 16));
    while (input.size() < length) {
      if (!Receive(socket, input)) return false;
    }
    request.body = input.substr(0, length);
    input.erase(0, length);

    const Reply reply = Record(std::move(request));
    for (std::string_view rest = reply.bytes; !rest.empty();) {
      const ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (reply.then == Then::kStall) Receive(socket, input);
    return reply.then == Then::kKeep;
  }

  Reply Record(ReceivedRequest request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    return script_(requests_.back(), requests_.size() - 1);
  }

  const Script script_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  int port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;  // guards what follows
  std::vector<ReceivedRequest> requests_;
  std::list<std::thread> connections_;
};

}  // namespace routellm::http_client
