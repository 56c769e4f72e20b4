// Names that people give: releases, services, tags.
#pragma once

#include <cstddef>
#include <string_view>

namespace kai::core {

inline constexpr std::size_t release_name_max = 53;
inline constexpr std::size_t label_max = 63;
inline constexpr std::size_t tag_max = 128;

// Lower-case letters, digits and '-', which stands neither first nor last (RFC 1123).
[[nodiscard]] bool is_dns_label(std::string_view text, std::size_t length_max = label_max);
// Image tag grammar of the OCI distribution specification.
[[nodiscard]] bool is_tag(std::string_view text);

}  // namespace kai::core
