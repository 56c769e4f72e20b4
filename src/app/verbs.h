// Verbs: the one table of what can be asked. Help and completion are made from it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace kai::app {

struct App;
struct Arguments;

struct Verb {
  std::string_view name;
  std::string_view words;  // "RELEASE CHART"; brackets: may be left out
  std::size_t words_min = 0;
  std::size_t words_max = 0;
  std::string_view help;     // one line
  std::string_view forms;    // of -o, "table|json"; the first is the default
  std::string_view options;  // names of what it reads beside what most do
  // Does it and answers the exit code (user documentation, exit codes).
  int (*run)(App& app, const Arguments& arguments) = nullptr;
};

[[nodiscard]] std::span<const Verb> all_verbs();
// Null when there is none of that name.
[[nodiscard]] const Verb* find_verb(std::string_view name);
// Whether the verb reads the option: any other one is refused, not ignored.
[[nodiscard]] bool reads(const Verb& verb, std::string_view option);

}  // namespace kai::app
