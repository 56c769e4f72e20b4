// The objects that this edge keeps in a cluster: their marks.
#pragma once

#include <string>
#include <string_view>

#include "base/tree.h"
#include "kubeapi/kinds.h"

namespace kai::edges {

inline constexpr std::string_view managed_by = "app.kubernetes.io/managed-by";
inline constexpr std::string_view label_release = "kai-canary.dev/release";

struct OurObject {
  kubeapi::ResourceRef ref;
  std::string release;
  std::string label;  // "kai-canary.dev/<label>"; empty: none
  std::string value;
};

// With none of the labels that clones carry: whoever removes those must not find these.
[[nodiscard]] Tree object_of_ours(const OurObject& object);

}  // namespace kai::edges
