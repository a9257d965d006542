// The address of an OpenAI-compatible API.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::config {

struct BaseUrl {
  bool tls = true;
  std::string host;  // lower case, without brackets
  std::string port;  // decimal, 1 to 65535; the scheme's own where the text has none
  std::string path;  // "" or "/v1": begins with a slash, does not end with one
};

// Parses "https://host:port/prefix". The host is a name, an IPv4 address or an IPv6 address in
// brackets.
//
// Error kInvalidData, with a public message that says what is wrong but does not repeat the text
// (it may hold a password): another scheme, a user name or password, a query or fragment, a bad
// host or port, spaces, control or non-ASCII characters, a path that already ends in
// /chat/completions.
[[nodiscard]] Result<BaseUrl> ParseBaseUrl(std::string_view text);

// Whether `text` is an IPv4 or IPv6 address, without brackets.
[[nodiscard]] bool IsIpAddress(const std::string& text);

// "https://host:8443"; without the port where it is the scheme's own.
[[nodiscard]] std::string FormatOrigin(bool tls, std::string_view host, std::string_view port);

}  // namespace routellm::config
