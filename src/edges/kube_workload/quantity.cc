#include "edges/kube_workload/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/scalar_text.h"

namespace kai::edges {
namespace {

// digits x 2^twos x 5^fives, with digits no multiple of 2 or 5: one form for each value.
struct Amount {
  bool negative = false;
  std::uint64_t digits = 0;
  int twos = 0;
  int fives = 0;

  friend bool operator==(const Amount&, const Amount&) = default;
};

struct Suffix {
  std::string_view text;
  int twos;
  int fives;
};

// A decimal suffix is a power of ten, which is both a power of two and one of five.
constexpr std::array<Suffix, 15> suffixes{{{"n", -9, -9},
                                           {"u", -6, -6},
                                           {"m", -3, -3},
                                           {"", 0, 0},
                                           {"k", 3, 3},
                                           {"M", 6, 6},
                                           {"G", 9, 9},
                                           {"T", 12, 12},
                                           {"P", 15, 15},
                                           {"E", 18, 18},
                                           {"Ki", 10, 0},
                                           {"Mi", 20, 0},
                                           {"Gi", 30, 0},
                                           {"Ti", 40, 0},
                                           {"Pi", 50, 0}}};
constexpr Suffix exbi{"Ei", 60, 0};
constexpr std::size_t digits_max = 19;  // what fits into 64 bits

std::optional<Suffix> suffix_of(std::string_view text) {
  if (text == exbi.text) return exbi;
  const auto known = std::ranges::find(suffixes, text, &Suffix::text);
  if (known != suffixes.end()) return *known;
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(text[1] == '+' ? 2 : 1);
  int exponent = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), exponent);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  if (!whole || exponent < -30 || exponent > 30) return std::nullopt;
  return Suffix{text, exponent, exponent};
}

Amount reduced(Amount amount) {
  if (amount.digits == 0) return {};
  for (; amount.digits % 2 == 0; amount.digits /= 2) ++amount.twos;
  for (; amount.digits % 5 == 0; amount.digits /= 5) ++amount.fives;
  return amount;
}

// Takes "12.50" apart. Zeros in front and behind count for nothing, so a long "0.10000000" still
// fits.
std::optional<Amount> number_of(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, dot));
  std::string_view fraction = text.substr(std::min(dot + 1, text.size()));
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  digits += fraction;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > digits_max || text.find_first_of("0123456789") == std::string_view::npos)
    return std::nullopt;
  Amount amount;
  if (!digits.empty()) {
    const auto parsed =
        std::from_chars(digits.data(), digits.data() + digits.size(), amount.digits);
    if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size())
      return std::nullopt;
  }
  amount.twos = amount.fives = -static_cast<int>(fraction.size());
  return amount;
}

std::optional<Amount> amount_of(const Tree& tree) {
  if (tree.as_map() != nullptr || tree.as_list() != nullptr) return std::nullopt;
  const std::string written =
      tree.as_text() != nullptr ? *tree.as_text() : codec::scalar_text(tree);
  std::string_view text = written;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  std::optional<Amount> amount = number_of(text.substr(0, end));
  const std::optional<Suffix> suffix = suffix_of(text.substr(end));
  if (!amount || !suffix) return std::nullopt;
  amount->negative = negative;
  amount->twos += suffix->twos;
  amount->fives += suffix->fives;
  return reduced(*amount);
}

}  // namespace

bool is_same_quantity(const Tree& a, const Tree& b) {
  const std::optional<Amount> left = amount_of(a);
  return left && left == amount_of(b);
}

}  // namespace kai::edges
