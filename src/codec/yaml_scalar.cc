#include "codec/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "codec/base64.h"
#include "codec/number.h"
#include "codec/quote.h"
#include "codec/utf8.h"
#include "codec/yaml.h"

namespace kai::codec {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<bool> read_bool(std::string_view text, YamlSchema schema) {
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (schema == YamlSchema::core) return std::nullopt;
  if (is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"n", "N", "no", "No", "NO", "off", "Off", "OFF"})) return false;
  return std::nullopt;
}

bool is_null_word(std::string_view text) {
  return is_one_of(text, {"", "~", "null", "Null", "NULL"});
}

bool is_not_finite(std::string_view text) {
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return is_one_of(text, {".inf", ".Inf", ".INF"});
}

struct Radix {
  int base = 10;
  std::size_t prefix = 0;  // characters before the digits
};

// Go's strconv with base 0 reads "0x1f", "0b11", "0o17" and "017" in either case of the letter.
Radix radix_of(std::string_view digits, YamlSchema schema) {
  if (digits.size() < 2 || digits[0] != '0') return {};
  switch (digits[1]) {
    case 'X':
    case 'B':
    case 'O':
      if (schema == YamlSchema::core) return {};
      break;
    default:
      break;
  }
  switch (digits[1]) {
    case 'x':
    case 'X':
      return {.base = 16, .prefix = 2};
    case 'o':
    case 'O':
      return {.base = 8, .prefix = 2};
    case 'b':
    case 'B':
      return schema == YamlSchema::core ? Radix{} : Radix{.base = 2, .prefix = 2};
    default:
      return schema == YamlSchema::core ? Radix{} : Radix{.base = 8, .prefix = 1};
  }
}

// Beyond int64 the value is a double, as in JSON. Empty when `text` is no integer.
std::optional<Tree> read_integer(std::string_view text, YamlSchema schema) {
  const bool negative = text.starts_with('-');
  const bool has_sign = negative || text.starts_with('+');
  std::string_view digits = text.substr(has_sign ? 1 : 0);
  const Radix radix = radix_of(digits, schema);
  if (has_sign && schema == YamlSchema::core && radix.base != 10) return std::nullopt;
  digits.remove_prefix(radix.prefix);
  std::uint64_t size = 0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto parsed = std::from_chars(begin, end, size, radix.base);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  constexpr std::uint64_t smallest = std::uint64_t{1} << 63U;
  if (negative && size <= smallest) return Tree(static_cast<std::int64_t>(-size));
  if (negative) return std::nullopt;  // a decimal one is read as a double next
  if (std::in_range<std::int64_t>(size)) return Tree(static_cast<std::int64_t>(size));
  if (has_sign) return std::nullopt;
  return Tree(static_cast<double>(size));
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?   as in go-yaml and in the core schema
bool has_float_form(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = count_digits(text);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t fraction = count_digits(text);
    if (whole + fraction == 0) return false;
    text.remove_prefix(fraction);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

// Empty when it is no number or beyond the range of a double: go-yaml leaves both as text.
std::optional<double> read_float(std::string_view text) {
  if (!has_float_form(text)) return std::nullopt;
  const Result<double> value = parse_finite(text);
  if (!value) return std::nullopt;
  return *value;
}

bool separate_digits(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') continue;
    if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1]))
      return false;
  }
  return true;
}

// go-yaml drops every "_", but in a number that starts with a point only those between two digits.
std::string without_underscores(std::string_view text) {
  std::string plain(text);
  if (!text.starts_with('.') || separate_digits(text)) std::erase(plain, '_');
  return plain;
}

std::optional<Tree> read_number(std::string_view text, YamlSchema schema) {
  const char first = text.front();
  if (!is_digit(first) && first != '.' && first != '+' && first != '-') return std::nullopt;
  const std::string plain =
      schema == YamlSchema::helm ? without_underscores(text) : std::string(text);
  if (first != '.') {
    if (auto whole = read_integer(plain, schema)) return whole;
  }
  if (const auto real = read_float(plain)) return Tree(*real);
  return std::nullopt;
}

// The scalar before its way through JSON, so that a tag can be compared with it.
Result<Tree> resolve(std::string_view text, YamlSchema schema) {
  if (is_null_word(text)) return Tree();
  if (const auto flag = read_bool(text, schema)) return Tree(*flag);
  if (is_not_finite(text)) {
    return fail(ErrorKind::malformed,
                quote(text) + " has no form in JSON; use a number or quote it");
  }
  if (auto number = read_number(text, schema)) return *std::move(number);
  return Tree(text);
}

// A number on its way through JSON under `helm`: rounded to a double, integral ones become integers
// again.
Tree through_json(Tree value, YamlSchema schema) {
  const auto number = value.as_number();
  if (schema == YamlSchema::core || !number) return value;
  constexpr double int64_end = 9223372036854775808.0;  // 2^63, the first beyond
  const bool is_whole = std::trunc(*number) == *number;
  if (is_whole && *number >= -int64_end && *number < int64_end) {
    return Tree(static_cast<std::int64_t>(*number));
  }
  return Tree(*number);
}

// sigs.k8s.io/yaml prints such a key as a 32-bit float.
std::string float_key(double value) {
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow)) return value < 0 ? "-.inf" : ".inf";
  std::array<char, 64> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), narrow,
                                     std::chars_format::general);
  return {buffer.data(), written.ptr};
}

Result<Tree> decode_binary(std::string_view text) {
  std::string joined;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') joined += c;
  }
  auto bytes = base64_decode(joined);
  if (!bytes) return std::unexpected(in_context("a !!binary value", bytes.error()));
  return Tree(replace_invalid_utf8(*bytes));  // as every JSON writer does
}

}  // namespace

Result<Tree> resolve_plain(std::string_view text, YamlSchema schema) {
  Result<Tree> value = resolve(text, schema);
  if (!value) return value;
  return through_json(*std::move(value), schema);
}

Result<Tree> resolve_tagged(std::string_view tag, std::string_view text, YamlSchema schema) {
  constexpr std::string_view prefix = "tag:yaml.org,2002:";
  if (!tag.starts_with(prefix)) return Tree(text);
  const std::string_view name = tag.substr(prefix.size());
  if (name == "binary") return decode_binary(text);
  if (!is_one_of(name, {"null", "bool", "int", "float"})) return Tree(text);
  Result<Tree> value = resolve(text, schema);
  if (!value) return value;
  const bool fits =
      (name == "null" && value->is_null()) || (name == "bool" && value->as_bool() != nullptr) ||
      (name == "int" && value->as_int() != nullptr) || (name == "float" && value->as_number());
  if (!fits) {
    return fail(ErrorKind::malformed, quote(text) + " is not a !!" + std::string(name));
  }
  if (const auto number = value->as_number(); name == "float" && number) value = Tree(*number);
  return through_json(*std::move(value), schema);
}

Result<std::string> resolve_plain_key(std::string_view text, YamlSchema schema) {
  if (is_not_finite(text)) {
    if (text.ends_with('n') || text.ends_with('N')) return ".nan";
    return text.starts_with('-') ? "-.inf" : ".inf";
  }
  const Result<Tree> value = resolve(text, schema);
  if (!value) return std::unexpected(value.error());
  return key_text(*value);
}

Result<std::string> key_text(const Tree& value) {
  if (const auto* text = value.as_text()) return *text;
  if (const auto* flag = value.as_bool()) return *flag ? "true" : "false";
  if (const auto* whole = value.as_int()) return std::to_string(*whole);
  if (const auto* real = value.as_double()) return float_key(*real);
  if (value.is_null()) return fail(ErrorKind::malformed, "a key is null; quote it");
  return fail(ErrorKind::malformed, "a key is a list or a map; only scalars can be keys");
}

}  // namespace kai::codec
