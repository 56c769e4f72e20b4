// Settings: which value counts when several places name one, and where it comes from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "core/plan/options.h"

namespace kai::core {

// A configuration file, or the `canary:` block of one.
struct ConfigSource {
  std::string file;  // for messages
  Tree block;        // the keys that stand below `canary:`
  std::string
      prefix;  // of a key in messages: "canary." in a chart's values, empty in our own files
  bool foreign = false;    // somebody's chart: unknown keys warn; elsewhere they are mistakes
  bool users_own = false;  // the user's own file: options that are nobody else's are read from it
};

// The file that describes a release on one machine.
struct ServiceFile {
  std::string path;       // as the person named it
  std::string directory;  // its folder, absolute
  Tree tree;              // all of it
};

// Everything that may say something, strongest first: flags, environment, then `configs` in their
// order.
struct Sources {
  std::vector<std::pair<std::string, std::string>>
      flags;  // option name without dashes, value; in order
  std::map<std::string, std::string> environment;
  std::vector<ConfigSource> configs;
  std::map<std::string, std::string>
      defaults;  // of the verb, by option name: weaker than all of the above
  // The release is one of this machine, and this is its file; its `canary:` block is in `configs`.
  std::optional<ServiceFile> service_file = {};
};

// Something a person has to change.
struct Mistake {
  std::string where;    // "--canary-weight", "$KAI_CANARY_TAG", "values.yaml:12: canary.weight"
  std::string message;  // what is wrong and what would be right

  friend bool operator==(const Mistake&, const Mistake&) = default;
};

struct Setting {
  std::vector<std::string>
      values;          // one, unless the option is a list; a flag given twice: the last one
  std::string origin;  // as in Mistake::where; "default" when nobody said anything
  bool by_default = false;
};

// The setting of an option; empty when nobody names it and the verb has no default for it. For an
// option of the user's own, flags and the user's file alone are asked.
[[nodiscard]] std::optional<Setting> find_setting(const Sources& sources, const Option& option);

// A scalar as the text a flag would have; empty for maps and lists.
[[nodiscard]] std::optional<std::string> scalar_text(const Tree& node);

// Node at a dotted key below the blocks, from the strongest file that has it, with its origin.
struct ConfigNode {
  const Tree* node = nullptr;
  std::string origin;
};
[[nodiscard]] ConfigNode find_node(const Sources& sources, std::string_view dotted_key);

// Keys that nobody knows, flags that do not exist, and words that the output does not know:
// mistakes, but `warnings` for keys of a stranger's chart. Settings that this version knows but
// cannot do yet are mistakes everywhere; so are those of the user's own where others say them.
[[nodiscard]] std::vector<Mistake> unknown_words(const Sources& sources,
                                                 std::vector<std::string>& warnings);

}  // namespace kai::core
