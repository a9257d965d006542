// The client's side of a request: the connection and what was read from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/watchdog.h"
#include "net/http_parser.h"
#include "net/stream.h"

namespace routellm::gateway {

inline constexpr unsigned kClientGone = 499;  // as nginx counts a client that left

struct ClientRequest {
  net::http::verb method = net::http::verb::unknown;
  std::string path;              // the target without its query
  std::string forwarded_fields;  // end-to-end header fields, "name: value\r\n" each, keys and
                                 // cookies left out
  std::string authorization;     // the value of that field; secret
  std::string_view body;         // points into the session; simdjson's padding follows
  std::string id;                // of this request, unique among all gateways
  bool is_http10 = false;
  bool keep_alive =
      true;  // after this request; cleared where the connection must end with the answer
};

// Where the answer goes.
struct Client {
  Client(std::shared_ptr<net::Stream> connection, const net::Clock::time_point& now)
      : stream(std::move(connection)), watchdog(now) {}

  std::shared_ptr<net::Stream> stream;
  Watchdog watchdog;
};

// Appends the beginning of a response head: status line, `x-routellm-request-id`, and `connection`
// where it is not what the client's version implies.
void BeginResponse(const ClientRequest& request, unsigned status, std::string_view reason,
                   std::string& head);

// Appends `number` in decimal, or in lower-case hexadecimal for base 16.
void AppendNumber(std::uint64_t number, std::string& text, int base = 10);

// `text` for an error message: cut after 100 bytes, between characters.
[[nodiscard]] std::string Shorten(std::string_view text);

[[nodiscard]] std::string_view ReasonPhrase(unsigned status);

}  // namespace routellm::gateway
