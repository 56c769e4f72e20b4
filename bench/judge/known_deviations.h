// Figures that disagree with the reference, and why each may. A new one is a mistake until somebody
// has understood it.
#pragma once

#include <array>
#include <string_view>

namespace kai::bench {

struct KnownDeviation {
  std::string_view where;  // as the list of a table names the cell
  std::string_view reason;
};

inline constexpr std::array<KnownDeviation, 0> known_deviations{};

}  // namespace kai::bench
