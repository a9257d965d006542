#include "gateway/request_head.h"

namespace routellm::gateway {

std::string RequestHead(const config::Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  const bool usual_port = endpoint.port == (endpoint.tls ? "443" : "80");
  std::string head = "POST " + endpoint.target + " HTTP/1.1\r\nhost: ";
  head += is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  if (!usual_port) head += ":" + endpoint.port;
  head += "\r\n";
  if (!endpoint.auth_header.empty()) head += endpoint.auth_header + "\r\n";
  return head;
}

}  // namespace routellm::gateway
