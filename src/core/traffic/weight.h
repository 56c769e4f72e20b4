// Weight: a share of requests as an integer count of 1/100 %. Never a floating point number.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kai::core {

class Weight {
 public:
  static constexpr std::int32_t hundredths_max = 10'000;

  constexpr Weight() = default;
  [[nodiscard]] static constexpr Weight zero() { return Weight(0); }
  [[nodiscard]] static constexpr Weight full() { return Weight(hundredths_max); }
  // Throws Bug unless 0 <= hundredths <= 10,000.
  [[nodiscard]] static Weight from_hundredths(std::int64_t hundredths);
  // "10", "10%", "0.5": percent with at most two decimals, 0 to 100. Empty for anything else.
  [[nodiscard]] static std::optional<Weight> from_percent(std::string_view text);

  [[nodiscard]] constexpr std::int32_t hundredths() const { return hundredths_; }
  [[nodiscard]] constexpr bool is_zero() const { return hundredths_ == 0; }
  // 0.0 to 1.0.
  [[nodiscard]] double share() const { return static_cast<double>(hundredths_) / hundredths_max; }

  friend constexpr auto operator<=>(Weight, Weight) = default;

 private:
  constexpr explicit Weight(std::int32_t hundredths) : hundredths_(hundredths) {}
  std::int32_t hundredths_ = 0;
};

// "10%", "0.5%", "33.33%".
[[nodiscard]] std::string format_weight(Weight weight);

}  // namespace kai::core
