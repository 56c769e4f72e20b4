// Names of clones and of their label values, within the limits of Kubernetes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kai::edges {

// A pod's name is <workload>-<10 of the template's hash>-<5>; 46 keeps the whole prefix in 63.
inline constexpr std::size_t workload_name_max = 46;
inline constexpr std::size_t label_value_max = 63;

// "<name>-canary"; when that is too long: the first letters of the name, 8 hex digits of its
// SHA-256, "-canary".
[[nodiscard]] std::string canary_name(std::string_view name, std::size_t length_max);

// "<name>-<8 hex digits of the content's SHA-256>", within 253.
[[nodiscard]] std::string content_name(std::string_view name, std::string_view content);

}  // namespace kai::edges
