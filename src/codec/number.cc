#include "codec/number.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "codec/quote.h"

namespace kai::codec {
namespace {

bool is_not_finite(std::string_view unsigned_text) {
  constexpr std::size_t longest_word = 8;  // "infinity"
  if (unsigned_text.size() > longest_word) return false;
  std::string word(unsigned_text);
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word == "nan" || word == "inf" || word == "infinity";
}

// from_chars also takes words and "1e", so the first character decides whether digits follow.
bool starts_like_a_number(std::string_view unsigned_text) {
  return !unsigned_text.empty() &&
         ((unsigned_text.front() >= '0' && unsigned_text.front() <= '9') ||
          unsigned_text.front() == '.');
}

}  // namespace

Result<double> parse_finite(std::string_view text) {
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  const std::string_view digits = text.substr(has_sign ? 1 : 0);
  if (is_not_finite(digits)) return fail(ErrorKind::no_data, "value is " + std::string(text));
  const auto not_a_number = [&] {
    return fail(ErrorKind::malformed, "not a number: " + quote(text));
  };
  if (!starts_like_a_number(digits)) return not_a_number();
  double value = 0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto parsed = std::from_chars(begin, end, value);
  if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) return not_a_number();
  // from_chars does not tell "too large" from "too small to differ from 0". strtod does; it reads a
  // "." only in the locale "C", which this program never leaves.
  if (parsed.ec != std::errc{}) value = std::strtod(std::string(digits).c_str(), nullptr);
  if (!std::isfinite(value)) {
    return fail(ErrorKind::malformed, "beyond the range of a number: " + quote(text));
  }
  return text.starts_with('-') ? -value : value;
}

Result<std::uint64_t> parse_uint(std::string_view text, std::uint64_t value_max) {
  std::uint64_t value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto parsed = std::from_chars(begin, end, value);
  if (text.empty() || parsed.ptr != end || parsed.ec == std::errc::invalid_argument) {
    return fail(ErrorKind::malformed, "not a whole number: " + quote(text));
  }
  if (parsed.ec != std::errc{} || value > value_max) {
    return fail(ErrorKind::malformed,
                "more than " + std::to_string(value_max) + ": " + quote(text));
  }
  return value;
}

}  // namespace kai::codec
