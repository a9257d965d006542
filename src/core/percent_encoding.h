// Percent-encoding of URLs (RFC 3986, section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace routellm {

// Every "%" and two hexadecimal digits as the byte that they stand for, any bytes; what is no
// escape stays as it is.
[[nodiscard]] std::string PercentDecoded(std::string_view text);

}  // namespace routellm
