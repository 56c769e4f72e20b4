// A log line as text or as JSON. Pure; whatever a field holds, the result is one line that moves no
// cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/time.h"

namespace kai::os {

inline constexpr std::size_t log_value_bytes_max =
    4096;  // of one field; what is beyond is cut, "..." follows

// "2026-01-02T03:04:05.678Z info step_entered rollout=shop/checkout step=2": no line break at its
// end. A value that is empty or holds a space, a quote, "=" or anything escaped stands in double
// quotes. Control characters (C1 and bidirectional overrides too) and bytes that are not UTF-8 are
// escaped as "\xNN".
[[nodiscard]] std::string format_text_line(WallTime time, LogLevel level, std::string_view event,
                                           const std::vector<LogField>& fields);

// {"time":"...","level":"info","event":"step_entered","rollout":"shop/checkout"}: all values are
// strings. Bytes that are not UTF-8 become U+FFFD; control characters are escaped as JSON does.
[[nodiscard]] std::string format_json_line(WallTime time, LogLevel level, std::string_view event,
                                           const std::vector<LogField>& fields);

}  // namespace kai::os
