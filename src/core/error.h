// What can go wrong, as values.
//
// Every fallible function of the project returns a `Result<T>`. Exceptions are left to bugs and to
// failed start-up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace routellm {

// The closed list of failures that callers distinguish. `ToHttpStatus` and `ToOpenAiType`
// (openai/error_body.h) are exhaustive over it.
enum class ErrorCode : std::uint8_t {
  kInvalidRequest,       // the client's request is malformed or not acceptable as it is
  kNotFound,             // no such HTTP resource
  kMethodNotAllowed,     // the resource exists, the method does not apply to it
  kModelNotFound,        // the `model` names no configured model, route or router
  kRequestTimeout,       // the client did not deliver its request in time
  kPayloadTooLarge,      // the request body is over the limit
  kHeadersTooLarge,      // the request head is over the limit
  kUpstreamUnavailable,  // the upstream cannot be reached, or broke off before it answered
  kUpstreamTimeout,      // the upstream did not answer, or stalled, within its time
  kOverloaded,           // too many connections, or the server is stopping
  kInvalidData,          // a file (checkpoint, data set, configuration) is not as it must be
  kIo,                   // the operating system refused to read or write
  kCancelled,            // the user stopped the work (Ctrl-C)
  kInternal,             // a bug
};

// `public_message` may be shown to any client. `detail` is for the operator's log and may name
// paths, hosts and system errors; it never holds secrets or prompt text.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string public_message;
  std::string detail;

  // Both texts in one line, for terminals and logs.
  [[nodiscard]] std::string ToString() const {
    return detail.empty() ? public_message : public_message + ": " + detail;
  }
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> Fail(ErrorCode code, std::string public_message,
                                                std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(public_message), std::move(detail)});
}

}  // namespace routellm
