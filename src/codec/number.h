// Numbers from foreign text. The one place that decides what a number is.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace kai::codec {

// A decimal number, the whole text: "1", "-0.5", "+2e3". No white space, no hexadecimal, no
// separators. no_data: NaN or an infinity, as Go and Prometheus write them ("NaN", "+Inf", "-Inf",
// any case). malformed: anything else, and numbers beyond the range of a double. One too small for
// a double is 0.
[[nodiscard]] Result<double> parse_finite(std::string_view text);

// Decimal digits only, no sign. malformed: anything else, and values above `value_max`.
[[nodiscard]] Result<std::uint64_t> parse_uint(
    std::string_view text, std::uint64_t value_max = std::numeric_limits<std::uint64_t>::max());

}  // namespace kai::codec
