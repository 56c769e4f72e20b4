#include "os/process_stat.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace kai::os {
namespace {

constexpr int state_field = 3;
constexpr int started_field = 22;

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  // Nothing after the name holds a bracket, so the last one closes it.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 2);
  ProcessStat stat;
  for (int field = state_field; !text.empty(); ++field) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    if (field == state_field) {
      if (word.size() != 1) return std::nullopt;
      stat.state = word.front();
    }
    if (field == started_field) {
      const auto parsed = std::from_chars(word.data(), word.data() + word.size(), stat.started);
      const bool whole = parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size();
      return whole ? std::optional(stat) : std::nullopt;
    }
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace kai::os
