// The known word that a mistyped one probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kai::core {

// Empty when nothing is near: more than a third of the letters would have to change.
[[nodiscard]] std::string nearest_word(std::string_view word, std::span<const std::string> known);

// Insertions, deletions and replacements that turn `a` into `b` (Levenshtein 1966).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace kai::core
