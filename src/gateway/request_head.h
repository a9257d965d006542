// The part of a request's head that is the same for all requests to one endpoint.
#pragma once

#include <string>

#include "config/endpoint.h"

namespace routellm::gateway {

// Request line, host and key, a line each. Secret.
[[nodiscard]] std::string RequestHead(const config::Endpoint& endpoint);

}  // namespace routellm::gateway
