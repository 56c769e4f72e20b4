// What the kernel says of a process in /proc/PID/stat (proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kai::os {

struct ProcessStat {
  char state = '?';           // field 3: 'R', 'S', ..., 'Z' for a zombie, 'X' for dead
  std::uint64_t started = 0;  // field 22: clock ticks after the boot

  [[nodiscard]] bool has_ended() const { return state == 'Z' || state == 'X' || state == 'x'; }
};

// The name in field 2 is the program's to choose: it may hold spaces, brackets and line breaks.
// Empty for anything else than such a text.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text);

}  // namespace kai::os
