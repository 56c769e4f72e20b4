// Foreign text made safe to show: nothing in it can move the cursor, hide, or reorder what stands
// around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kai::codec {

inline constexpr std::size_t quote_bytes_max = 200;

// `text` in single quotes, cut after at most `bytes_max` of its bytes (then "..." follows the
// closing quote). Escaped: quote, backslash, control characters (ESC and C1 too), bidirectional
// overrides, invisible characters, and every byte that is not UTF-8 ("\x9b"). The result is always
// valid UTF-8 on one line.
[[nodiscard]] std::string quote(std::string_view text, std::size_t bytes_max = quote_bytes_max);

// The same for text that is shown as such: no quotes, no cut, backslashes and quotes stay; line
// breaks and tabs become a space.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace kai::codec
