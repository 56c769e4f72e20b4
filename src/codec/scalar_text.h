// How scalars are spelled in JSON. The YAML writer spells them the same way.
#pragma once

#include <string>
#include <string_view>

#include "base/tree.h"

namespace kai::codec {

// Shortest text that reads back as the same double, with "." or "e" in it; "null" for NaN and
// infinity.
[[nodiscard]] std::string double_text(double value);

// null, a boolean, an integer or a double. A Bug for every other kind.
[[nodiscard]] std::string scalar_text(const Tree& tree);

// Appends `text` in double quotes. Bytes that are not UTF-8 become U+FFFD. Whatever YAML would not
// take as it is inside double quotes (C1, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF) is escaped too,
// so the result is both.
void append_json_string(std::string& out, std::string_view text);

}  // namespace kai::codec
