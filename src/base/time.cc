#include "base/time.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace kai {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double seconds_max = 10.0 * 365 * 24 * 3600;

// Cuts a decimal number off the front; empty when there is none.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (parsed.ec != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return value;
}

// Cuts a unit off the front; the longer names first, since "ms" starts like "m".
std::optional<Duration> take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    Duration value;
  };
  static constexpr std::array<Unit, 6> units{{{"ms", milliseconds(1)},
                                              {"us", std::chrono::microseconds(1)},
                                              {"ns", std::chrono::nanoseconds(1)},
                                              {"h", hours(1)},
                                              {"m", minutes(1)},
                                              {"s", seconds(1)}}};
  for (const auto& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.value;
  }
  return std::nullopt;
}

std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take_one_of(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return Duration{0};
  text.remove_prefix(1);
  std::int64_t nanoseconds = 0;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 9) nanoseconds = nanoseconds * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) nanoseconds *= 10;
  return Duration{nanoseconds};
}

// "Z" or "+hh:mm"; what has to be subtracted to get UTC.
std::optional<Duration> take_offset(std::string_view& text) {
  if (take_one_of(text, "Zz")) return Duration{0};
  if (text.empty()) return std::nullopt;
  const bool east = text.front() == '+';
  if (!take_one_of(text, "+-")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  const bool colon = take_one_of(text, ":");
  const auto minute = take_digits(text, 2);
  if (!hour || !colon || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const Duration offset = hours(*hour) + minutes(*minute);
  return east ? offset : -offset;
}

std::optional<Duration> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  const bool first = take_one_of(text, "-");
  const auto month = take_digits(text, 2);
  const bool second = take_one_of(text, "-");
  const auto day = take_digits(text, 2);
  if (!year || !first || !month || !second || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch();
}

std::optional<Duration> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  const bool first = take_one_of(text, ":");
  const auto minute = take_digits(text, 2);
  const bool second = take_one_of(text, ":");
  const auto whole = take_digits(text, 2);
  if (!hour || !first || !minute || !second || !whole) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *whole > 60) return std::nullopt;
  return hours(*hour) + minutes(*minute) + seconds(*whole);
}

}  // namespace

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string format_duration(Duration duration) {
  const std::int64_t total = std::max<std::int64_t>(0, duration / milliseconds(1));
  if (total > 0 && total < 1000) return fmt::format("{}ms", total);
  const std::int64_t whole = total / 1000;
  if (whole < 60) {
    const std::int64_t tenths = total % 1000 / 100;
    return whole < 10 && tenths > 0 ? fmt::format("{}.{}s", whole, tenths)
                                    : fmt::format("{}s", whole);
  }
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

std::optional<Duration> parse_duration(std::string_view text, Duration bare_unit) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  bool first = true;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const bool bare = first && text.empty();
    const auto unit = bare ? std::optional(bare_unit) : take_unit(text);
    if (!unit) return std::nullopt;
    total += *number * seconds_of(*unit);
    first = false;
  }
  if (total > seconds_max) return std::nullopt;
  return Duration{static_cast<std::int64_t>(std::llround(total * 1e9))};
}

std::string format_wall_time(WallTime time) {
  using std::chrono::floor;
  const std::chrono::sys_time<Duration> point{time.since_epoch};
  const auto day = floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{floor<milliseconds>(point - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<WallTime> parse_wall_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take_one_of(text, "Tt ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return WallTime{*date + *clock + *fraction - *offset};
}

}  // namespace kai
