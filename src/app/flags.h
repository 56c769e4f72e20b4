// Flags: argv to a verb, its words and its options. The only place that knows CLI11.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "app/verbs.h"

namespace kai::app {

struct Arguments {
  const Verb* verb = nullptr;      // null: none was given
  std::vector<std::string> words;  // RELEASE CHART ...
  std::vector<std::pair<std::string, std::string>>
      flags;  // option name without dashes, value; in order
  bool help = false;
};

// `argv` without the program's name. Error: what is wrong and what was probably meant, one line
// each; exit 2.
[[nodiscard]] std::expected<Arguments, std::vector<std::string>> parse_arguments(
    const std::vector<std::string>& argv);

// `--help` of the program, or of one verb.
[[nodiscard]] std::string help_text(const Verb* verb);

}  // namespace kai::app
