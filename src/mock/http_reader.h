// Reads HTTP/1.1 requests off a byte buffer, keeping them as they came.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::mock {

// One complete request. The views point into the buffer that it was read from.
struct HttpRequest {
  std::string_view raw;  // head and body as they came
  std::string_view method;
  std::string_view target;
  std::string body;  // without transfer coding
  bool keep_alive = true;
};

// What a buffer holds so far.
struct ReadState {
  std::optional<HttpRequest> request;  // none: more bytes are needed
  bool wants_continue = false;         // the client waits for "100 Continue"
};

// Looks for a request at the start of `buffer`. Error kInvalidRequest for bytes that are no
// HTTP/1.x request, kPayloadTooLarge over 256 MiB.
[[nodiscard]] Result<ReadState> ReadRequest(std::string_view buffer);

}  // namespace routellm::mock
