// Counts of durations, log-linear in microseconds: 16 buckets per octave, so a bucket is at most
// 6.25 % of its value wide. One thread writes, any may read.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace kai::splitter {

// Written by one thread without a locked instruction, read by others at any moment.
class Counter {
 public:
  void add(std::uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class Histogram {
 public:
  static constexpr std::size_t buckets = 512;

  [[nodiscard]] static constexpr std::size_t index_of(std::uint64_t microseconds) {
    if (microseconds < 16) return static_cast<std::size_t>(microseconds);
    const auto exponent = static_cast<unsigned>(std::bit_width(microseconds)) - 5;
    return std::min<std::size_t>(16 * std::size_t{exponent} + (microseconds >> exponent),
                                 buckets - 1);
  }
  // Durations below 2^power microseconds are exactly those in the buckets before this one.
  [[nodiscard]] static constexpr std::size_t buckets_below(unsigned power) {
    return index_of(std::uint64_t{1} << power);
  }

  void add(std::uint64_t microseconds) {
    counts_[index_of(microseconds)].add(1);
    sum_.add(microseconds);
  }
  // What another process counted.
  void add_counts(std::size_t index, std::uint64_t count) { counts_[index].add(count); }
  void add_sum(std::uint64_t microseconds) { sum_.add(microseconds); }
  [[nodiscard]] std::uint64_t count(std::size_t index) const { return counts_[index].read(); }
  [[nodiscard]] std::uint64_t sum_microseconds() const { return sum_.read(); }

 private:
  std::array<Counter, buckets> counts_;
  Counter sum_;
};

}  // namespace kai::splitter
