// Options: the one table of everything that can be set. Flags, environment, configuration keys,
// help, completion and docs/options.md are made from it; a test compares them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace kai::core {

enum class OptionKind {
  yes_no,  // --name, --no-name, --name=true|false
  text,
  list,  // comma-separated; repeated flags append
  each,  // one value per flag; repeated flags append, order kept
  percent,
  whole,  // whole number >= 0
  duration,
  words,  // one of `words`
};

struct Option {
  std::string_view name;  // without dashes
  OptionKind kind;
  std::string_view group;         // heading in the help
  std::string_view value_name;    // "<pct>"; empty for yes_no
  std::string_view default_text;  // for people; empty: none
  std::string_view help;          // one line
  std::string_view
      key;  // configuration key below `canary:`, "analysis.threshold.success"; empty: flag only
  std::string_view environment;  // of the original script; KAI_CANARY_<NAME> works for every option
  Duration bare_unit{0};         // durations: what a bare number means
  std::string_view words;        // "rollback|freeze"; "x=Y": a value follows
  bool not_yet = false;          // known, and refused with "not yet"
  // It runs code or weakens a check: only a flag or the user's own file may say it, never what
  // comes with a chart, a repository or an environment.
  bool users_own = false;
};

// The group of what is printed and how, which no plan reads.
inline constexpr std::string_view output_group = "Output";

[[nodiscard]] std::span<const Option> all_options();
// Whether `word` is one of the option's `words`.
[[nodiscard]] bool has_word(const Option& option, std::string_view word);
// Null when there is none of that name.
[[nodiscard]] const Option* find_option(std::string_view name);
// The option whose configuration key it is; null when there is none.
[[nodiscard]] const Option* find_option_by_key(std::string_view key);
// "KAI_CANARY_CANARY_WEIGHT" for "canary-weight".
[[nodiscard]] std::string environment_name(const Option& option);
// Keys below `canary:` that are read without being an option of their own, e.g. "services" and
// "autoPromote".
[[nodiscard]] std::span<const std::string_view> config_only_keys();

}  // namespace kai::core
