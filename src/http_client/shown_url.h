// What may be known of a URL before it is asked for.
#pragma once

#include <string>

#include "core/error.h"

namespace routellm::http_client {

// Whether it is https (true) or http (false). kInvalidRequest for every other text.
[[nodiscard]] Result<bool> UsesTls(const std::string& url);

// `url` without what may be secret: user, password, query and fragment. "(malformed URL)" if it is
// none.
[[nodiscard]] std::string ShownUrl(const std::string& url);

}  // namespace routellm::http_client
