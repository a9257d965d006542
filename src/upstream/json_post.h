// One small question to a server and its whole answer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/error.h"
#include "upstream/origin.h"

namespace routellm::upstream {

struct JsonAnswer {
  unsigned status = 0;
  std::string body;
};

// Posts JSON over a connection of `origin`, which must outlive the loop's run, and keeps it for the
// next. Belongs to one event loop. How long it may take is the caller's affair.
class JsonPost : public std::enable_shared_from_this<JsonPost> {
 public:
  // `head`: request line and fields, each with its line end; without length and type of the body.
  JsonPost(Origin& origin, std::string head, std::string body);

  // Keep the object alive until it returns. Tries again once, on a new connection, if the first
  // attempt fails or is answered with 5xx. Errors: kUpstreamUnavailable, kUpstreamTimeout (of the
  // connect); kInvalidData for an answer over kMaxAnswer bytes.
  net::Awaitable<Result<JsonAnswer>> Run();

  // Closes the connection; Run returns an error soon.
  void Cancel();

  static constexpr std::size_t kMaxAnswer = std::size_t{4} << 20;

 private:
  net::Awaitable<Result<JsonAnswer>> Attempt(bool fresh);
  net::Awaitable<Result<JsonAnswer>> Exchange(net::Stream& stream, bool& reusable);
  [[nodiscard]] tl::unexpected<Error> Unavailable(const std::string& reason) const;

  Origin& origin_;
  const std::string head_;  // secret
  const std::string body_;
  std::shared_ptr<net::Stream> stream_;
  bool cancelled_ = false;
};

}  // namespace routellm::upstream
