#include "splitter/http1/head_output.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace kai::splitter {

void HeadOutput::append_decimal(std::uint64_t number) {
  std::array<char, 20> digits;
  const auto written = std::to_chars(digits.begin(), digits.end(), number);
  append({digits.data(), written.ptr});
}

}  // namespace kai::splitter
