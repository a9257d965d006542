#include "config/base_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "config/units.h"

namespace routellm::config {
namespace {

constexpr std::size_t kMaxHostBytes = 253;

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool Parses(int family, const std::string& text) {
  in6_addr address{};
  return inet_pton(family, text.c_str(), &address) == 1;
}

// A name whose last label is a number would be taken for an IPv4 address by every resolver.
bool IsHostName(const std::string& host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  if (!std::all_of(host.begin(), host.end(), IsHostCharacter)) return false;
  if (host.front() == '.' || host.find("..") != std::string::npos) return false;
  const std::size_t dot = host.rfind('.');
  const std::string last = dot == std::string::npos ? host : host.substr(dot + 1);
  const bool numeric =
      std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  return last.empty() || !numeric || Parses(AF_INET, host);
}

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidData, std::move(message));
}

// Takes "host", "host:port", "[v6]" or "[v6]:port".
Result<void> ParseAuthority(std::string_view authority, BaseUrl& url) {
  std::string_view port;
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return Bad("the IPv6 address lacks its ']'");
    url.host = LowerCase(authority.substr(1, end - 1));
    if (!Parses(AF_INET6, url.host)) return Bad("the host in brackets is not an IPv6 address");
    const std::string_view rest = authority.substr(end + 1);
    has_port = !rest.empty();
    if (has_port && rest.front() != ':') return Bad("something other than a port follows the ']'");
    port = has_port ? rest.substr(1) : rest;
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
    url.host = LowerCase(authority.substr(0, colon));
    if (url.host.empty()) return Bad("the host is missing");
    if (!IsHostName(url.host)) return Bad("the host is neither a name nor an address");
  }
  if (!has_port) return {};
  const auto number = ParseInteger(port);
  if (!number || *number < 1 || *number > 65535)
    return Bad("the port is not a number from 1 to 65535");
  url.port = std::to_string(*number);
  return {};
}

}  // namespace

Result<BaseUrl> ParseBaseUrl(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), IsVisible)) {
    return Bad("it holds a space, a control character or a character outside ASCII");
  }
  BaseUrl url;
  const std::size_t scheme_end = text.find("://");
  const std::string scheme =
      scheme_end == std::string_view::npos ? "" : LowerCase(text.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return Bad("it must begin with http:// or https://");
  url.tls = scheme == "https";
  url.port = url.tls ? "443" : "80";
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Bad("it must have no query ('?') and no fragment ('#')");
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    return Bad("it must hold no user name or password: name the variable of the key instead");
  }
  if (const auto parsed = ParseAuthority(authority, url); !parsed) {
    return tl::unexpected(parsed.error());
  }
  url.path = rest.substr(slash);
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  constexpr std::string_view kChat = "/chat/completions";
  if (url.path.size() >= kChat.size() &&
      url.path.compare(url.path.size() - kChat.size(), kChat.size(), kChat) == 0) {
    return Bad("give it without /chat/completions");
  }
  return url;
}

bool IsIpAddress(const std::string& text) {
  return Parses(AF_INET, text) || Parses(AF_INET6, text);
}

std::string FormatOrigin(bool tls, std::string_view host, std::string_view port) {
  std::string origin = tls ? "https://" : "http://";
  const bool v6 = host.find(':') != std::string_view::npos;
  origin += v6 ? "[" + std::string(host) + "]" : std::string(host);
  if (port != (tls ? "443" : "80")) origin += ":" + std::string(port);
  return origin;
}

}  // namespace routellm::config
