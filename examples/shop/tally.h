// What visitors saw: answers by service, version and status, failures by kind, latency; as JSON
// lines.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace shop {

enum class Failure : std::uint8_t { connect, reset, timeout };

// Who answered, by the headers x-service and x-version ("" when the answer has none: it came from a
// gateway).
struct Answered {
  std::string service;
  std::string version;
  int status = 0;
  auto operator<=>(const Answered&) const = default;
};

class Tally {
 public:
  void sent(std::chrono::microseconds behind_schedule);
  // `latency` counts from the moment the request was due, not from when it was sent.
  void answered(const Answered& answer, std::chrono::microseconds latency);
  void failed(Failure failure);

  [[nodiscard]] std::uint64_t in_flight() const { return sent_ - answered_ - failed_; }

  // One line of JSON without the newline; counts are cumulative. `unix_seconds` is when it was
  // taken.
  struct Moment {
    double unix_seconds = 0;
    std::chrono::milliseconds elapsed{0};
    bool final_line = false;  // adds latency percentiles
  };
  [[nodiscard]] std::string json(const Moment& moment) const;

 private:
  static constexpr std::size_t latency_ms_max = 20'000;  // slower ones are counted as this
  [[nodiscard]] std::uint64_t server_errors() const;
  [[nodiscard]] std::size_t latency_ms(double quantile) const;

  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t failed_ = 0;
  std::array<std::uint64_t, 3> failures_{};
  std::map<Answered, std::uint64_t> answers_;
  std::map<std::size_t, std::uint64_t> latencies_ms_;
  std::chrono::microseconds behind_max_{0};
};

}  // namespace shop
