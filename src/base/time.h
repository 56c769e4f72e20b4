// The two kinds of time. They do not convert into each other: one jumps, the other dies with the
// process.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace kai {

using Duration = std::chrono::nanoseconds;

// For waits. Counts suspend; has no meaning outside this process.
struct SteadyTime {
  Duration since_start{0};

  friend auto operator<=>(const SteadyTime&, const SteadyTime&) = default;
  friend SteadyTime operator+(SteadyTime time, Duration wait) { return {time.since_start + wait}; }
  friend Duration operator-(SteadyTime later, SteadyTime earlier) {
    return later.since_start - earlier.since_start;
  }
};

// For what is stored, shown or asked of others.
struct WallTime {
  Duration since_epoch{0};

  friend auto operator<=>(const WallTime&, const WallTime&) = default;
  friend WallTime operator+(WallTime time, Duration wait) { return {time.since_epoch + wait}; }
  friend WallTime operator-(WallTime time, Duration wait) { return {time.since_epoch - wait}; }
  friend Duration operator-(WallTime later, WallTime earlier) {
    return later.since_epoch - earlier.since_epoch;
  }
};

// Seconds as a decimal number, for arithmetic with rates and for texts.
[[nodiscard]] double seconds_of(Duration duration);

// "850ms", "45s", "12m05s", "1h02m". Never negative: a negative duration is shown as "0s".
[[nodiscard]] std::string format_duration(Duration duration);

// Go style ("90s", "15m", "1h30m", "500ms", "1.5m"); a bare decimal number means `bare_unit`. Empty
// when the text is not a duration, is negative, or exceeds ten years.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text, Duration bare_unit);

// RFC 3339 in UTC with milliseconds: "2026-01-02T03:04:05.678Z".
[[nodiscard]] std::string format_wall_time(WallTime time);

// RFC 3339 with "Z" or a numeric offset, any number of fraction digits. Empty when it is not one.
[[nodiscard]] std::optional<WallTime> parse_wall_time(std::string_view text);

}  // namespace kai
