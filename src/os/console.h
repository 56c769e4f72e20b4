// The terminal or pipe that a person or a script looks at: standard output and standard error.
#pragma once

#include <optional>
#include <string_view>

namespace kai::os {

enum class Standard { input, output, error };

[[nodiscard]] bool is_terminal(Standard stream);

// Columns of the terminal behind `stream`; empty when it is none or does not know its size.
[[nodiscard]] std::optional<int> terminal_columns(Standard stream);

// Writes all of it, through interruptions and also to a pipe that someone set to non-blocking.
// False when the reader is gone or the disk is full: there is nobody left to tell.
[[nodiscard]] bool print(Standard stream, std::string_view bytes);

}  // namespace kai::os
