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

// Meaning of a scalar whose tag is given in full ("tag:yaml.org,2002:int"). An unknown tag leaves it text.
// malformed: it cannot be read as its tag says.
[[nodiscard]] Result<Tree> resolve_tagged(std::string_view tag, std::string_view text,
                                          YamlSchema schema);

// A number on its way through JSON under `helm`: rounded to a double, integral ones become integers again.
[[nodiscard]] Tree through_json(Tree value, YamlSchema schema);

// The JSON key that a scalar makes. malformed: null, or no scalar.
[[nodiscard]] Result<std::string> key_text(const Tree& value);

}  // namespace kai::codec
