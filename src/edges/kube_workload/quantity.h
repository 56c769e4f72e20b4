// Quantity: Kubernetes' way to write an amount of CPU, memory or storage ("500m", "1Gi", "1e3").
// Pure.
#pragma once

#include "base/tree.h"

namespace kai::edges {

// Both are quantities of one value: 0.5 and "500m", "1Gi" and 1073741824, "0.1Gi" and
// "107374182400m". False as well when one of them is no quantity, or has more digits than any real
// amount.
[[nodiscard]] bool is_same_quantity(const Tree& a, const Tree& b);

}  // namespace kai::edges
