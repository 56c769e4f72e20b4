// Table: a scenario as text. README.md beside it says what may stand in one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kai::scenarios {

// When a line of a table is checked.
enum class When {
  at,  // in the tick of that second; what is seen happens just before it
  by,  // in some tick up to it, the first of which ends the wait; seen from the start of it
  to,  // in every tick up to it; seen from the start of it
};

struct Line {
  std::size_t number = 0;  // in the file
  std::string text;        // as it stands there
  When when = When::at;
  std::int64_t second = 0;
  std::vector<std::string> seen;    // from here on, or happening now
  std::vector<std::string> expect;  // all of it
};

struct Table {
  std::string file;
  std::string title;
  std::vector<std::string> plan;  // "interval 10s"
  std::vector<Line> lines;
};

// Every table of a file. `malformed` names file and line.
[[nodiscard]] Result<std::vector<Table>> parse_tables(const std::string& file,
                                                      std::string_view text);

}  // namespace kai::scenarios
