#include "gateway/client.h"

#include <array>
#include <charconv>

#include <boost/beast/http/status.hpp>

#include "text/utf8.h"

namespace routellm::gateway {

void BeginResponse(const ClientRequest& request, unsigned status, std::string_view reason,
                   std::string& head) {
  head += "HTTP/1.1 ";
  AppendNumber(status, head);
  head.append(" ")
      .append(reason)
      .append("\r\nx-routellm-request-id: ")
      .append(request.id)
      .append("\r\n");
  if (!request.keep_alive) {
    head += "connection: close\r\n";
  } else if (request.is_http10) {
    head += "connection: keep-alive\r\n";
  }
}

void AppendNumber(std::uint64_t number, std::string& text, int base) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  text.append(digits.data(), end);
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
