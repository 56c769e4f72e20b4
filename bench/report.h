// Report: what was measured, the bound that it is held to, and whether it held.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kai::bench {

// The value that a `share` (0 < share <= 1) of the samples does not exceed, by nearest rank. Throws
// Bug without samples.
[[nodiscard]] double percentile(std::span<const double> samples, double share);

// "median 3.1, p90 4.0, p99 5.2, largest 6.0 ms of 200"
[[nodiscard]] std::string spread(std::span<const double> samples, std::string_view unit);

// Prints a line per claim as it is made. A program's exit code says whether all of them held.
class Report {
 public:
  struct Claim {
    std::string what;
    double measured = 0;
    double bound = 0;  // holds when `measured` is at most this
    std::string unit;
    std::string detail = {};  // how it was measured; the spread
  };
  void claim(const Claim& claim);
  // What a reader has to know and nothing is held to.
  static void note(std::string_view text);

  [[nodiscard]] int exit_code() const { return failed_ ? 1 : 0; }

 private:
  bool failed_ = false;
};

}  // namespace kai::bench
