#include "os/log_line.h"

#include <array>
#include <cstdint>

namespace kai::os {
namespace {

std::string_view name_of_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

constexpr char32_t not_utf8 = 0xffffffff;

struct Character {
  char32_t code = 0;  // `not_utf8` for a single bad byte
  std::size_t length = 1;
};

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<std::uint8_t>(text[at]) & 0xc0U) == 0x80U;
}

// First character of `text`, RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
Character first_character(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  if (first < 0x80) return {.code = first, .length = 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {.code = not_utf8, .length = 1};
  char32_t code = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text, i)) return {.code = not_utf8, .length = 1};
    code = (code << 6U) | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
  }
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least.at(length) || code > 0x10ffff || surrogate)
    return {.code = not_utf8, .length = 1};
  return {.code = code, .length = length};
}

// C0, DEL, C1, line separators, and what reorders or hides text (UAX 9; the class of "trojan
// source").
bool is_dangerous(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == not_utf8;
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  static constexpr std::string_view hex = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += hex[(value >> static_cast<unsigned>(shift)) & 0xfU];
  }
}

std::string_view cut(std::string_view value) {
  if (value.size() <= log_value_bytes_max) return value;
  std::size_t end = log_value_bytes_max;
  for (int i = 0; i < 3 && is_continuation(value, end); ++i) --end;
  return value.substr(0, end);
}

std::string text_value(std::string_view whole) {
  std::string out;
  bool quoted = whole.empty();
  std::string_view rest = cut(whole);
  const bool was_cut = rest.size() < whole.size();
  while (!rest.empty()) {
    const Character character = first_character(rest);
    const std::string_view bytes = rest.substr(0, character.length);
    rest.remove_prefix(character.length);
    if (is_dangerous(character.code)) {
      quoted = true;
      for (const char byte : bytes) {
        out += "\\x";
        append_hex(out, static_cast<std::uint8_t>(byte), 2);
      }
      continue;
    }
    if (bytes == "\"" || bytes == "\\") out += '\\';
    quoted = quoted || bytes == " " || bytes == "\"" || bytes == "\\" || bytes == "=";
    out += bytes;
  }
  if (was_cut) out += "...";
  return quoted ? '"' + out + '"' : out;
}

std::string json_text(std::string_view whole) {
  std::string out = "\"";
  std::string_view rest = cut(whole);
  const bool was_cut = rest.size() < whole.size();
  while (!rest.empty()) {
    const Character character = first_character(rest);
    const std::string_view bytes = rest.substr(0, character.length);
    rest.remove_prefix(character.length);
    if (character.code == not_utf8) {
      out += "\xef\xbf\xbd";
    } else if (is_dangerous(character.code)) {
      out += "\\u";
      append_hex(out, character.code, 4);
    } else {
      if (bytes == "\"" || bytes == "\\") out += '\\';
      out += bytes;
    }
  }
  return out + (was_cut ? "...\"" : "\"");
}

}  // namespace

std::string format_text_line(WallTime time, LogLevel level, std::string_view event,
                             const std::vector<LogField>& fields) {
  std::string line = format_wall_time(time);
  line += ' ';
  line += name_of_level(level);
  line += ' ';
  line += text_value(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += text_value(field.key);
    line += '=';
    line += text_value(field.value);
  }
  return line;
}

std::string format_json_line(WallTime time, LogLevel level, std::string_view event,
                             const std::vector<LogField>& fields) {
  std::string line = "{\"time\":" + json_text(format_wall_time(time));
  line += ",\"level\":" + json_text(name_of_level(level));
  line += ",\"event\":" + json_text(event);
  for (const LogField& field : fields)
    line += ',' + json_text(field.key) + ':' + json_text(field.value);
  return line + '}';
}

}  // namespace kai::os
