#include "core/traffic/weight.h"

#include <charconv>

#include "base/check.h"

namespace kai::core {
namespace {

// Digits only, so that signs, blanks, exponents and hexadecimal never pass. At most four: more is
// above 100 %.
std::optional<std::int32_t> parse_digits(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  std::int32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

Weight Weight::from_hundredths(std::int64_t hundredths) {
  KAI_CHECK(hundredths >= 0 && hundredths <= hundredths_max);
  return Weight(static_cast<std::int32_t>(hundredths));
}

std::optional<Weight> Weight::from_percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  const std::size_t point = text.find('.');
  const auto whole = parse_digits(text.substr(0, point));
  if (!whole) return std::nullopt;
  std::int32_t hundredths = *whole * 100;
  if (point != std::string_view::npos) {
    const std::string_view decimals = text.substr(point + 1);
    const auto part = parse_digits(decimals);
    if (!part || decimals.size() > 2) return std::nullopt;
    hundredths += decimals.size() == 1 ? *part * 10 : *part;
  }
  if (hundredths > hundredths_max) return std::nullopt;
  return Weight(hundredths);
}

std::string format_weight(Weight weight) {
  std::string text = std::to_string(weight.hundredths() / 100);
  const std::int32_t part = weight.hundredths() % 100;
  if (part != 0) {
    text += '.';
    text += static_cast<char>('0' + part / 10);
    if (part % 10 != 0) text += static_cast<char>('0' + part % 10);
  }
  return text + "%";
}

}  // namespace kai::core
