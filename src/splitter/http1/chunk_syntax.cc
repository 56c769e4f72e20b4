#include "splitter/http1/chunk_syntax.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "splitter/http1/octets.h"
#include "splitter/http1/progress.h"

namespace kai::splitter {
namespace {

// What may come next in chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ]
// ).
enum class Expect : std::uint8_t {
  end_or_semicolon,  // directly behind the size, a name, a token value or a quoted value
  semicolon,         // behind blanks: CR is not possible any more
  name_first,        // behind ';' and blanks
  name,              //
  after_name_blank,  // ';' or '='
  value_first,       // behind '=' and blanks
  token_value,       //
  quoted,            //
  quoted_pair,       // behind '\'
  line_feed,         // behind CR
  over,
  wrong,
};

Expect after_complete_part(char octet) {
  if (octet == '\r') return Expect::line_feed;
  if (octet == ';') return Expect::name_first;
  return is_blank(octet) ? Expect::semicolon : Expect::wrong;
}

Expect after_name(char octet) {
  if (is_token_octet(octet)) return Expect::name;
  if (octet == '=') return Expect::value_first;
  if (is_blank(octet)) return Expect::after_name_blank;
  return after_complete_part(octet);
}

Expect in_quotes(char octet) {
  if (octet == '"') return Expect::end_or_semicolon;
  if (octet == '\\') return Expect::quoted_pair;
  return is_field_value_octet(octet) ? Expect::quoted : Expect::wrong;
}

Expect step(Expect expect, char octet) {
  switch (expect) {
    case Expect::end_or_semicolon:
      return after_complete_part(octet);
    case Expect::semicolon:
      if (octet == ';') return Expect::name_first;
      return is_blank(octet) ? Expect::semicolon : Expect::wrong;
    case Expect::name_first:
      if (is_token_octet(octet)) return Expect::name;
      return is_blank(octet) ? Expect::name_first : Expect::wrong;
    case Expect::name:
      return after_name(octet);
    case Expect::after_name_blank:
      if (octet == '=') return Expect::value_first;
      if (octet == ';') return Expect::name_first;
      return is_blank(octet) ? Expect::after_name_blank : Expect::wrong;
    case Expect::value_first:
      if (is_token_octet(octet)) return Expect::token_value;
      if (octet == '"') return Expect::quoted;
      return is_blank(octet) ? Expect::value_first : Expect::wrong;
    case Expect::token_value:
      return is_token_octet(octet) ? Expect::token_value : after_complete_part(octet);
    case Expect::quoted:
      return in_quotes(octet);
    case Expect::quoted_pair:
      return is_field_value_octet(octet) ? Expect::quoted : Expect::wrong;
    case Expect::line_feed:
      return octet == '\n' ? Expect::over : Expect::wrong;
    case Expect::over:
    case Expect::wrong:
      break;
  }
  return Expect::wrong;
}

ChunkLineStep refuse() { return {.progress = Progress::refused}; }

}  // namespace

ChunkLineStep parse_chunk_line(std::string_view input, std::size_t extension_bytes_left) {
  ChunkLineStep result;
  std::size_t at = 0;
  for (; at < input.size() && is_hex_digit(input[at]); ++at) {
    if (at == chunk_size_digits_max) return refuse();
    result.size = result.size << 4 | hex_value(input[at]);
  }
  if (result.size > chunk_bytes_max) return refuse();
  if (at == input.size()) return {};
  if (at == 0) return refuse();
  const std::size_t digits = at;
  for (Expect expect = Expect::end_or_semicolon; at < input.size(); ++at) {
    expect = step(expect, input[at]);
    if (expect == Expect::wrong) return refuse();
    const bool in_extension = expect != Expect::line_feed && expect != Expect::over;
    if (in_extension && at - digits >= extension_bytes_left) return refuse();
    if (expect != Expect::over) continue;
    result.progress = Progress::complete;
    result.line_bytes = at + 1;
    result.extension_bytes = at - 1 - digits;
    result.is_canonical = result.extension_bytes == 0 && (digits == 1 || input.front() != '0');
    return result;
  }
  return {};
}

}  // namespace kai::splitter
