// YAML to Trees, read as Kubernetes and Helm read it, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tree.h"

namespace kai::codec {

// What a plain (unquoted) scalar means.
enum class YamlSchema {
  helm,  // what sigs.k8s.io/yaml makes of it on the way to JSON: YAML 1.1 booleans (y, yes, on),
         // octal 0777 and 0o17, 0x, 0b, "_" in numbers; numbers pass through a double, integral
         // ones are integers; dates are text
  core,  // YAML 1.2 core schema: only true and false, 0o and 0x; 1.0 stays a double
};

struct YamlOptions {
  YamlSchema schema = YamlSchema::helm;
  std::size_t depth_max = 64;                      // lists and maps inside each other
  std::size_t bytes_max = std::size_t{32} << 20U;  // of the text
  std::size_t nodes_max = 1'000'000;  // values of all documents, after aliases are expanded
  std::size_t text_bytes_max = std::size_t{64}
                               << 20U;  // keys and texts, after aliases are expanded
  std::size_t documents_max = 10'000;
  // When given, gets a line for each duplicate key: "line 7: key 'image' again; the last one wins".
  std::vector<std::string>* notes = nullptr;
};

// Every document of `text`, in order; one that holds only comments is null. Lines are set from the
// source. Aliases are expanded, `<<` merges (what comes later in the map wins, merged or not, as in
// go-yaml v2), keys become text (1 → "1", yes → "true"), the last of two equal keys wins.
// malformed, "line 12: ...": not YAML or not UTF-8, a key that is a list, a map or null, .inf and
// .nan (JSON has none), an alias inside its own anchor, or over a limit.
[[nodiscard]] Result<std::vector<Tree>> parse_yaml_stream(std::string_view text,
                                                          const YamlOptions& options = {});

// The same for a text with at most one document; null when there is none.
[[nodiscard]] Result<Tree> parse_yaml(std::string_view text, const YamlOptions& options = {});

// Block style, two spaces per level, ends with a line break. A text that any YAML reader could take
// for something else is quoted. Under YamlSchema::core it reads back as an equal tree (but for NaN
// and infinity, written as null, and bytes that are not UTF-8).
[[nodiscard]] std::string write_yaml(const Tree& tree);

}  // namespace kai::codec
