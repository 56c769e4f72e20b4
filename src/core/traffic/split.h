// Which backend a number falls to: the one comparison of every split, for the splitter and for
// whoever wants to know beforehand what it will do.
//
// A number `u` of 64 bits comes from the hash of a user's key, or from the counter of a route
// (Weyl sequence). A share of w ppm takes the numbers below T = w * 2^64 / 1,000,000, so the set of
// a larger share holds the set of a smaller one: a ramp moves users one way only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/traffic/sip_hash.h"

namespace kai::core {

inline constexpr std::uint32_t ppm_max = 1'000'000;

// The numbers below w * 2^64 / 1,000,000, rounded down; `all` for 1,000,000 ppm, whose bound does
// not fit into 64 bits.
struct Threshold {
  std::uint64_t bound = 0;
  bool all = false;

  [[nodiscard]] constexpr bool holds(std::uint64_t u) const { return all || u < bound; }
  friend bool operator==(const Threshold&, const Threshold&) = default;
};
// Throws Bug above 1,000,000.
[[nodiscard]] Threshold threshold_of(std::uint32_t ppm);

// The consecutive intervals of a route's backends, in the order of their shares: index i gets
// `shares[i]`. The shares sum to 1,000,000 (throws Bug otherwise).
class SplitTable {
 public:
  SplitTable() = default;  // of no shares: nobody may ask it
  explicit SplitTable(std::span<const std::uint32_t> shares_ppm);

  // The index of the share that `u` falls to. An index with a share of 0 is never returned.
  [[nodiscard]] std::size_t index_of(std::uint64_t u) const {
    std::size_t index = 0;
    while (!ends_[index].holds(u)) ++index;
    return index;
  }
  // The numbers of a share end here; they begin where those of the one before end.
  [[nodiscard]] Threshold end_of(std::size_t index) const { return ends_[index]; }

 private:
  std::vector<Threshold> ends_;  // rising; the first one that is `all` is the last that is asked
};

// Where the unkeyed requests of one route are: each takes the next number of a Weyl sequence, whose
// numbers are spread so evenly that every share is exact within a few requests at every moment.
// The step is 2^64 / golden ratio, made odd, the choice of least discrepancy (Knuth, TAOCP 3,
// §6.4). One per route, shared by all threads, never set back by a change of weights.
class alignas(64) WeylCounter {  // a cache line of its own
 public:
  static constexpr std::uint64_t step = 0x9E3779B97F4A7C15;

  explicit WeylCounter(std::uint64_t start) : next_(start) {}
  // Returns the number before the step, so a counter that starts at 0 first gives 0.
  [[nodiscard]] std::uint64_t draw() { return next_.fetch_add(step, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> next_;
};

// The number of a keyed request: the same in every thread, process and machine that has the salt.
[[nodiscard]] inline std::uint64_t number_of_key(const SipKey& salt, std::string_view key) {
  return sip_hash_1_3(salt, key);
}

// Every request belongs to one of 8 lanes by its client, whichever arm it goes to; the judge
// compares arms lane by lane.
inline constexpr std::uint8_t lanes = 8;
[[nodiscard]] constexpr std::uint8_t lane_of(std::uint64_t hash) {
  return static_cast<std::uint8_t>(hash & (lanes - 1));
}

}  // namespace kai::core
