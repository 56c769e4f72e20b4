#include "core/plan/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace kai::core {
namespace {

std::optional<double> parse_number(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value) ||
      value < 0) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<Setting> Reader::find(std::string_view option) const {
  const Option* const known = find_option(option);
  KAI_CHECK(known != nullptr);
  auto setting = find_setting(sources_, *known);
  if (setting && setting->values.empty()) setting.reset();
  return setting;
}

void Reader::mistake(std::string where, std::string message) {
  mistakes_.push_back({std::move(where), std::move(message)});
}

void Reader::mistake_in(std::string_view option, std::string message) {
  mistake(origin(option), std::move(message));
}

std::string Reader::origin(std::string_view option) const {
  const auto setting = find(option);
  return setting ? setting->origin : fmt::format("--{}", option);
}

bool Reader::is_on_command_line(std::string_view option) const {
  const auto setting = find(option);
  return setting && (setting->origin.starts_with("--") || setting->origin.starts_with('$'));
}

std::optional<std::string> Reader::text(std::string_view option) {
  const auto setting = find(option);
  if (!setting) return std::nullopt;
  return setting->values.front();
}

std::vector<std::string> Reader::list(std::string_view option) {
  const auto setting = find(option);
  return setting ? setting->values : std::vector<std::string>();
}

std::optional<bool> Reader::yes_no(std::string_view option) {
  const auto value = text(option);
  if (!value) return std::nullopt;
  if (*value == "true" || *value == "false") return *value == "true";
  mistake_in(option, fmt::format("'{}' is neither true nor false", *value));
  return std::nullopt;
}

std::optional<Weight> Reader::percent(std::string_view option) {
  const auto value = text(option);
  if (!value) return std::nullopt;
  const auto weight = Weight::from_percent(*value);
  if (!weight) {
    mistake_in(option, fmt::format("'{}' is no percentage from 0 to 100 with at most two decimals",
                                   *value));
  }
  return weight;
}

std::optional<double> Reader::number(std::string_view option) {
  const auto value = text(option);
  if (!value) return std::nullopt;
  const auto parsed = parse_number(*value);
  if (!parsed) mistake_in(option, fmt::format("'{}' is no number", *value));
  return parsed;
}

std::optional<std::uint32_t> Reader::whole(std::string_view option) {
  const auto value = text(option);
  if (!value) return std::nullopt;
  std::uint32_t parsed = 0;
  const char* const end = value->data() + value->size();
  const auto result = std::from_chars(value->data(), end, parsed);
  if (!value->empty() && result.ec == std::errc{} && result.ptr == end) return parsed;
  mistake_in(option, fmt::format("'{}' is no whole number", *value));
  return std::nullopt;
}

std::optional<Duration> Reader::duration(std::string_view option) {
  const auto value = text(option);
  if (!value) return std::nullopt;
  const auto parsed = parse_duration(*value, find_option(option)->bare_unit);
  if (!parsed) mistake_in(option, fmt::format("'{}' is no time such as 90s, 15m or 1h30m", *value));
  return parsed;
}

std::optional<std::string> Reader::word(std::string_view option) {
  const auto value = text(option);
  if (!value) return std::nullopt;
  const Option* const known = find_option(option);
  if (has_word(*known, *value)) return value;
  mistake_in(option, fmt::format("'{}' is none of {}", *value, known->words));
  return std::nullopt;
}

}  // namespace kai::core
