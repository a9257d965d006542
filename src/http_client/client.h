// HTTP requests of the command-line tools, on libcurl (docs/adr/0010-libcurl-for-tools.md). The
// gateway's traffic does not pass here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::http_client {

struct Header {
  std::string name;
  std::string value;
};

// Zero means no limit. Resolution of `stall`: seconds.
struct Timeouts {
  std::chrono::milliseconds connect{10'000};  // name look-up, TCP and TLS together
  std::chrono::milliseconds total{0};         // from the start to the last byte of the answer
  std::chrono::seconds stall{60};             // no byte in either direction for so long
};

enum class Method : std::uint8_t { kGet, kPost };

struct Request {
  Method method = Method::kGet;
  std::string url;  // http or https
  std::vector<Header> headers{};
  std::string body{};  // of a POST
  Timeouts timeouts{};
  std::size_t max_body = std::size_t{16} << 20;  // bytes of an answer that is held in memory
};

struct Response {
  int status = 0;
  std::vector<Header> headers;  // of the last answer, after redirects; in its order
  std::string body;             // empty if a BodyHandler took it

  // The value of the first header of that name, whatever its case.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view name) const;
};

// Takes a piece of the answer's body; `head` is the answer without its body. An error ends the
// request, which then fails with it. Not called for an empty body.
using BodyHandler = std::function<Result<void>(const Response& head, std::string_view piece)>;

// One request at a time; its connections are kept for the next one. Not thread-safe: one client for
// each thread. The flag that cancels may be set from any thread and from a signal handler.
//
// TLS certificates are always verified, against the system's authorities or those in the file that
// SSL_CERT_FILE names. HTTPS_PROXY, HTTP_PROXY (in lower case), ALL_PROXY and NO_PROXY are heeded
// as by curl. No cookies, no .netrc, no compression.
class Client {
 public:
  // `cancelled` outlives the client.
  explicit Client(const std::atomic<bool>& cancelled);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() = default;

  // An answer of any status is a Response. A GET follows up to 5 redirects, to http and https only
  // and never from https to http; `authorization` does not go to another host. A POST follows none:
  // its 3xx is the Response.
  //
  // Errors; their text names the URL without user, password and query, and never a header:
  //   kInvalidRequest       the URL is not http or https, or a header is malformed (CR, LF, ...)
  //   kUpstreamUnavailable  no such host, no connection, broke off, not HTTP
  //   kUpstreamTimeout      one of `timeouts` has passed
  //   kInvalidData          unacceptable certificate, refused redirect, body over `max_body`
  //   kCancelled            the flag was set; noticed within about a second
  [[nodiscard]] Result<Response> Perform(const Request& request, const BodyHandler& on_body = {});

 private:
  struct CloseHandle {
    void operator()(void* curl) const;
  };

  const std::atomic<bool>& cancelled_;
  std::unique_ptr<void, CloseHandle> curl_;
};

}  // namespace routellm::http_client
