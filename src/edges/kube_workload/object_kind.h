// The kinds of objects that clones are made of.
#pragma once

#include <array>
#include <string_view>

#include "kubeapi/kinds.h"

namespace kai::edges {

// In the order in which they are removed: what runs first, what it needs last.
[[nodiscard]] std::array<kubeapi::ResourceKind, 4> own_kinds();
// Of "Deployment", "Service", "ConfigMap" or "Secret". Throws Bug for any other.
[[nodiscard]] kubeapi::ResourceKind own_kind(std::string_view kind);

}  // namespace kai::edges
