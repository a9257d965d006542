// Keys for servers.
#pragma once

#include <string>

#include "core/error.h"
#include "http_client/client.h"

namespace routellm::http_client {

// The header "authorization: Bearer KEY" with the key that the environment variable holds, without
// space around it. kInvalidRequest, naming the variable and not its value, if it is unset or empty
// or holds other than visible ASCII. A key given on a command line would be seen by every user of
// the machine.
[[nodiscard]] Result<Header> BearerFromEnvironment(const std::string& variable);

}  // namespace routellm::http_client
