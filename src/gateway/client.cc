#include "gateway/client.h"

#include <fmt/format.h>

#include <iterator>

#include <boost/beast/http/status.hpp>

#include "text/utf8.h"

namespace routellm::gateway {

void BeginResponse(const ClientRequest& request, unsigned status, std::string_view reason,
                   std::string& head) {
  fmt::format_to(std::back_inserter(head),
                 FMT_STRING("HTTP/1.1 {} {}\r\nx-routellm-request-id: {}\r\n"), status, reason,
                 request.id);
  if (!request.keep_alive) {
    head += "connection: close\r\n";
  } else if (request.is_http10) {
    head += "connection: keep-alive\r\n";
  }
}

std::string Shorten(std::string_view text) {
  constexpr std::size_t kShown = 100;
  const std::string_view shown = text::TruncateUtf8(text, kShown);
  return std::string(shown) + (shown.size() < text.size() ? "..." : "");
}

std::string_view ReasonPhrase(unsigned status) {
  const auto phrase = net::http::obsolete_reason(net::http::int_to_status(status));
  return {phrase.data(), phrase.size()};
}

}  // namespace routellm::gateway
