// Closure: the ConfigMaps and Secrets that a pod template names, and the same template with other
// names for them.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "base/tree.h"

namespace kai::edges {

enum class ConfigKind { config_map, secret };
using ConfigRef = std::pair<ConfigKind, std::string>;

// Volumes (also projected ones), envFrom and env of containers and init containers, image pull
// secrets.
[[nodiscard]] std::set<ConfigRef> config_refs(const Tree& pod_template);

// The new name of a reference; the old one when it stays.
using Rename = std::function<std::string(const ConfigRef& ref)>;
[[nodiscard]] Tree with_config(Tree pod_template, const Rename& rename);

}  // namespace kai::edges
