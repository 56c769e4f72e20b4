// UTF-8, one character at a time (RFC 3629: no surrogates, no overlong forms, nothing beyond
// U+10FFFF).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kai::codec {

struct Utf8Char {
  char32_t code = 0;
  std::size_t size = 0;  // bytes taken, 1-4; 0 when the text does not start with a character
};

// The character that `text` starts with.
[[nodiscard]] Utf8Char first_char(std::string_view text);

// Offset of the first byte that is not part of a UTF-8 character; npos when there is none.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

// `text` with each byte that is not part of a UTF-8 character replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

}  // namespace kai::codec
