// Samples: the answer of Prometheus' query API as values. Whatever arrives, the kind of the error
// is decided here. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace kai::edges {

inline constexpr std::size_t prom_answer_bytes_max = std::size_t{32} << 20U;
inline constexpr std::size_t prom_series_max = 50'000;
inline constexpr std::size_t prom_samples_max = 500'000;

struct PromSample {
  WallTime at;  // on the source's clock
  double value =
      0;  // not a number when the source says NaN or infinity: whoever counts has to look

  friend bool operator==(const PromSample&, const PromSample&) = default;
};

struct PromSeries {
  std::vector<std::pair<std::string, std::string>>
      labels;                       // sorted by name; "__name__" is one of them
  std::vector<PromSample> samples;  // rising in time

  // Value of a label; empty when it is absent, as in PromQL.
  [[nodiscard]] std::string_view label(std::string_view name) const;
};

// The body of a 200 answer to /api/v1/query; a vector has one sample per series, a scalar is one
// series without labels. malformed: not such an answer, not rising in time, or over a limit.
// unavailable: the answer says that it is partial (warnings). rejected: it is an error of the query
// itself.
[[nodiscard]] Result<std::vector<PromSeries>> parse_prom_answer(std::string_view body);

// What an answer with another status means; `body` may be anything.
[[nodiscard]] Error prom_refusal(int status, std::string_view body);

}  // namespace kai::edges
