// What a YAML scalar means. Apart from the parser, so that a table can test it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tree.h"
#include "codec/yaml.h"

namespace kai::codec {

// Meaning of a plain scalar. malformed: .inf and .nan.
[[nodiscard]] Result<Tree> resolve_plain(std::string_view text, YamlSchema schema);

// Meaning of a scalar whose tag is given in full ("tag:yaml.org,2002:int"). An unknown tag leaves
// it text. malformed: it cannot be read as its tag says.
[[nodiscard]] Result<Tree> resolve_tagged(std::string_view tag, std::string_view text,
                                          YamlSchema schema);

// The JSON key that a plain scalar makes: 0x10 → "16", yes → "true", 1e6 → "1e+06", .inf → ".inf".
// malformed: null.
[[nodiscard]] Result<std::string> resolve_plain_key(std::string_view text, YamlSchema schema);

// The JSON key that a value makes which an alias stands for. malformed: null, a list or a map.
[[nodiscard]] Result<std::string> key_text(const Tree& value);

}  // namespace kai::codec
