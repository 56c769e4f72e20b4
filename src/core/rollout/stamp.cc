#include "core/rollout/stamp.h"

#include <charconv>
#include <utility>

namespace kai::core {
namespace {

// Cuts a segment off at the next ".".
std::string_view take_segment(std::string_view& text) {
  const std::size_t end = text.find('.');
  const std::string_view segment = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return segment;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

bool is_rollout_id(std::string_view text) {
  if (text.empty() || text.size() > 16) return false;
  for (const char c : text) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
  }
  return true;
}

}  // namespace

bool is_newer(const Stamp& a, const Stamp& b) {
  return std::pair(a.epoch, a.seq) > std::pair(b.epoch, b.seq);
}

std::string format_stamp(const Stamp& stamp) {
  std::string text =
      stamp.rollout + "." + std::to_string(stamp.epoch) + "." + std::to_string(stamp.seq);
  if (stamp.down) text += ".down";
  return text;
}

std::optional<Stamp> parse_stamp(std::string_view text) {
  const std::string_view whole = text;
  Stamp stamp;
  stamp.rollout = take_segment(text);
  const auto epoch = parse_number(take_segment(text));
  const auto seq = parse_number(take_segment(text));
  if (!is_rollout_id(stamp.rollout) || !epoch || !seq) return std::nullopt;
  if (!text.empty() && text != "down") return std::nullopt;
  stamp.epoch = *epoch;
  stamp.seq = *seq;
  stamp.down = !text.empty();
  // Stamps are compared byte for byte by the server, so only the one spelling is ours (no trailing
  // dot).
  if (format_stamp(stamp) != whole) return std::nullopt;
  return stamp;
}

}  // namespace kai::core
