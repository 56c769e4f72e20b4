#include "codec/quote.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/utf8.h"

namespace kai::codec {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code <= 0x9F); }

// Characters that a reader cannot see or that change the order of what he sees (Unicode UTR #36 and
// #39).
bool is_invisible(char32_t code) {
  return code == 0x00AD || code == 0x061C || code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
         code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE0FFF);
}

void append_hex_byte(std::string& out, std::uint8_t byte) {
  out += "\\x";
  out += hex_digits[byte >> 4U];
  out += hex_digits[byte & 0x0FU];
}

void append_hex_code(std::string& out, char32_t code) {
  int shift = 16;
  while (shift > 0 && code >> shift == 0) shift -= 4;
  out += "\\u{";
  for (; shift >= 0; shift -= 4) out += hex_digits[code >> shift & 0x0FU];
  out += '}';
}

// Appends one character; `size` is 0 for a byte that is not UTF-8.
void append_safe(std::string& out, std::string_view bytes, Utf8Char character) {
  if (character.size == 0) {
    append_hex_byte(out, static_cast<std::uint8_t>(bytes.front()));
  } else if (character.code < 0x100 && is_control(character.code)) {
    append_hex_byte(out, static_cast<std::uint8_t>(character.code));
  } else if (is_invisible(character.code)) {
    append_hex_code(out, character.code);
  } else {
    out += bytes.substr(0, character.size);
  }
}

void append_quoted(std::string& out, std::string_view bytes, Utf8Char character) {
  switch (bytes.front()) {
    case '\'':
      out += "\\'";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:  // every other character
      break;
  }
  append_safe(out, bytes, character);
}

}  // namespace

std::string quote(std::string_view text, std::size_t bytes_max) {
  std::string out = "'";
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Char character = first_char(text.substr(at));
    const std::size_t size = character.size == 0 ? 1 : character.size;
    if (at + size > bytes_max) break;  // never through the middle of a character
    append_quoted(out, text.substr(at), character);
    at += size;
  }
  out += at < text.size() ? "'..." : "'";
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char character = first_char(text.substr(at));
    if (text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
      out += ' ';
    } else {
      append_safe(out, text.substr(at), character);
    }
    at += character.size == 0 ? 1 : character.size;
  }
  return out;
}

}  // namespace kai::codec
