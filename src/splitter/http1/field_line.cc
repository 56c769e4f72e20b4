#include "splitter/http1/field_line.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "splitter/http1/octets.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

FieldLineStep refuse(Refusal refusal) {
  return {.progress = Progress::refused, .refusal = refusal};
}

// Whether one of eight octets is below SP or DEL; true also for HTAB, which is rare.
bool has_odd_octet(std::uint64_t eight) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high = 0x8080808080808080;
  // A byte minus SP borrows when it is below SP; a byte xor DEL is 0, hence below 1, for DEL. Both
  // tests may see more than there is behind the first hit, never less (Warren, Hacker's Delight,
  // 6-1).
  const std::uint64_t below_space = (eight - ones * ' ') & ~eight;
  const std::uint64_t del = eight ^ (ones * 0x7F);
  return ((below_space | ((del - ones) & ~del)) & high) != 0;
}

// The first octet from `at` on that may not stand in a value; values are most of a head.
const char* skip_value(const char* at, const char* end) {
  std::uint64_t eight = 0;
  while (end - at >= 8) {
    std::memcpy(&eight, at, sizeof eight);
    if (has_odd_octet(eight)) {
      const char* const block_end = at + 8;
      while (at != block_end && is_field_value_octet(*at)) ++at;
      if (at != block_end) return at;
    } else {
      at += 8;
    }
  }
  while (at != end && is_field_value_octet(*at)) ++at;
  return at;
}

// Why `octet` may not follow the octets of a name that begins its line.
Refusal why_not_in_name(char octet, bool first) {
  switch (octet) {
    case '\n':
      return Refusal::bad_line_end;
    case '\r':
      return Refusal::missing_colon;
    case ' ':
    case '\t':
      return first ? Refusal::folded_line : Refusal::bad_field_name;
    default:
      break;
  }
  const bool control = static_cast<unsigned char>(octet) < ' ' || octet == '\x7F';
  return control ? Refusal::bad_control : Refusal::bad_field_name;
}

}  // namespace

FieldLineStep parse_field_line(std::string_view input, std::size_t bytes_max) {
  const std::string_view window = input.substr(0, bytes_max + 2);
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const auto cut_off = [&] {
    return window.size() == bytes_max + 2 ? refuse(Refusal::field_too_long) : FieldLineStep{};
  };

  const char* at = begin;
  while (at != end && is_token_octet(*at)) ++at;
  if (at == end) return cut_off();
  if (*at != ':' || at == begin) return refuse(why_not_in_name(*at, at == begin));
  const char* const name_end = at++;

  while (at != end && is_blank(*at)) ++at;
  const char* const value_begin = at;
  at = skip_value(at, end);
  if (at == end) return cut_off();
  if (*at == '\n') return refuse(Refusal::bad_line_end);
  if (*at != '\r') return refuse(Refusal::bad_control);
  if (at + 1 == end) return cut_off();
  if (at[1] != '\n') return refuse(Refusal::bad_line_end);

  const char* value_end = at;
  while (value_end != value_begin && is_blank(value_end[-1])) --value_end;
  return {.progress = Progress::complete,
          .line_bytes = static_cast<std::size_t>(at + 2 - begin),
          .field = {.name = {begin, name_end}, .value = {value_begin, value_end}}};
}

}  // namespace kai::splitter
