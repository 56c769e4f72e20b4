// What the splitter counted since it started, read from its metrics. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "edges/splitter_admin/splitter_backends.h"

namespace kai::edges {

inline constexpr std::size_t splitter_series_max = 200'000;

// A version of a service in one role. A promotion makes a new one.
struct SplitterArm {
  std::string route;
  std::string version;
  std::string track;

  friend auto operator<=>(const SplitterArm&, const SplitterArm&) = default;
};

struct SplitterCounted {
  std::map<int, std::uint64_t> by_status;         // requests; 499: the client left
  std::uint64_t broken = 0;                       // answers cut after their head; status below 500
  std::map<std::uint64_t, std::uint64_t> within;  // requests, by the most microseconds they took
  std::uint64_t timed = 0;                        // of all times
  std::optional<std::uint64_t> in_flight;         // now

  [[nodiscard]] std::uint64_t requests() const;
  // 5xx, which is also what the splitter answers for a backend that does not; and cut answers.
  [[nodiscard]] std::uint64_t errors() const;
  friend bool operator==(const SplitterCounted&, const SplitterCounted&) = default;
};

using SplitterCounts = std::map<SplitterArm, SplitterCounted>;

// From the text format of Prometheus; series of other names are passed over. malformed: a line that
// is none, a series twice or without its labels, a count that is no whole number, too many series.
[[nodiscard]] Result<SplitterCounts> read_counts(std::string_view text);

// When the program that counted them started, in its own words: other words mean another program,
// whose counts began at zero. Empty: it does not say.
[[nodiscard]] std::string read_start(std::string_view text);

// Requests under way of each version, in any role; and versions that are not served any more but
// still answer some. What the splitter does not tell stays empty.
void fill_in_flight(const SplitterCounts& counts, std::vector<SplitterServed>& served);

}  // namespace kai::edges
