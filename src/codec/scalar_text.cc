#include "codec/scalar_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "base/check.h"
#include "base/tree.h"
#include "codec/utf8.h"

namespace kai::codec {
namespace {

// Between these people expect 1500000.0 and not 1.5e+06.
constexpr double plain_min = 1e-5;
constexpr double plain_max = 1e15;

void append_escape(std::string& out, char32_t code) {
  constexpr char hex_digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[code >> shift & 0x0FU];
}

bool must_escape(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

void append_char(std::string& out, std::string_view bytes, Utf8Char character) {
  switch (bytes.front()) {
    case '"':
      out += "\\\"";
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
  if (character.size == 0) {
    out += "\xEF\xBF\xBD";
  } else if (must_escape(character.code)) {
    append_escape(out, character.code);
  } else {
    out += bytes.substr(0, character.size);
  }
}

}  // namespace

std::string double_text(double value) {
  if (!std::isfinite(value)) return "null";
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= plain_min && size < plain_max);
  std::array<char, 64> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  KAI_CHECK(written.ec == std::errc{});
  std::string text(buffer.data(), written.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string scalar_text(const Tree& tree) {
  if (tree.is_null()) return "null";
  if (const auto* flag = tree.as_bool()) return *flag ? "true" : "false";
  if (const auto* whole = tree.as_int()) return std::to_string(*whole);
  const double* const real = tree.as_double();
  KAI_CHECK(real != nullptr);
  return double_text(*real);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char character = first_char(text.substr(at));
    append_char(out, text.substr(at), character);
    at += character.size == 0 ? 1 : character.size;
  }
  out += '"';
}

}  // namespace kai::codec
