// Where a model's requests go: the providers known by prefix, their usual addresses and key variables.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::upstream {

// One HTTP endpoint for chat completions. Two models with equal `host`, `port` and `tls` may share connections.
struct Endpoint {
  bool tls = true;
  std::string host;             // name or address, without brackets
  std::string port;             // decimal
  std::string chat_target;      // request target of chat completions, e.g. "/v1/chat/completions"
  std::string upstream_model;   // the value of `model` in forwarded bodies
  std::string auth_header;      // e.g. "authorization: Bearer sk-..." or "api-key: ..."; secret; empty: none
  bool forward_authorization = false;  // without a key of its own: pass on the client's Authorization header
};

}  // namespace routellm::upstream
