#include "codec/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kai::codec {
namespace {

struct LeadByte {
  std::size_t size;
  char32_t bits;
  char32_t code_min;  // a smaller code in this many bytes is an overlong form
};

LeadByte read_lead(std::uint8_t byte) {
  if (byte < 0x80) return {.size = 1, .bits = byte, .code_min = 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {.size = 2, .bits = byte & 0x1FU, .code_min = 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {.size = 3, .bits = byte & 0x0FU, .code_min = 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {.size = 4, .bits = byte & 0x07U, .code_min = 0x10000};
  return {.size = 0, .bits = 0, .code_min = 0};
}

bool is_scalar_value(char32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

}  // namespace

Utf8Char first_char(std::string_view text) {
  if (text.empty()) return {};
  const LeadByte lead = read_lead(static_cast<std::uint8_t>(text.front()));
  if (lead.size == 0 || text.size() < lead.size) return {};
  char32_t code = lead.bits;
  for (std::size_t i = 1; i < lead.size; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {};
    code = code << 6U | (byte & 0x3FU);
  }
  if (code < lead.code_min || !is_scalar_value(code)) return {};
  return {.code = code, .size = lead.size};
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = first_char(text.substr(at)).size;
    if (size == 0) return at;
    at += size;
  }
  return std::string_view::npos;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string whole;
  whole.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = first_char(text.substr(at)).size;
    whole += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(at, size);
    at += size == 0 ? 1 : size;
  }
  return whole;
}

}  // namespace kai::codec
