// Names and values of HTTP headers (RFC 9110 §5).
#pragma once

#include <string_view>

namespace kai::net {

// Without regard to the case of ASCII letters.
[[nodiscard]] bool same_header_name(std::string_view a, std::string_view b);

// A token: the only thing that may be sent as a method or header name.
[[nodiscard]] bool is_token(std::string_view text);

// No line break, no NUL, no other control byte but the tab: nothing in it can begin another header.
[[nodiscard]] bool is_header_value(std::string_view text);

}  // namespace kai::net
