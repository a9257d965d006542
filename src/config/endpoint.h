// Where a model's requests go.
#pragma once

#include <string>

namespace routellm::config {

// One resource of an OpenAI-compatible API. Two models with equal `host`, `port` and `tls` may
// share connections. All texts are free of control characters, so that they can be written into a
// request head as they are.
struct Endpoint {
  std::string provider;  // e.g. "openai"
  bool tls = true;
  std::string host;            // name or address, without brackets
  std::string port;            // decimal
  std::string target;          // request target, e.g. "/v1/chat/completions"
  std::string upstream_model;  // the value of `model` in forwarded bodies
  std::string
      auth_header;  // e.g. "authorization: Bearer sk-..." or "api-key: ..."; secret; empty: none
  std::string key_variable;  // the environment variable that `auth_header` is made from; empty:
                             // none is read
  bool forward_authorization =
      false;  // without a key of its own: pass on the client's Authorization header
};

}  // namespace routellm::config
