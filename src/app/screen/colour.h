// Colours: few, each with a meaning, and never the only way to tell: a word that says the same
// stands there in any case.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kai::app {

enum class Colour {
  none,
  good,       // green: promoted, holds
  bad,        // red: rolled back, below a limit, act by hand
  attention,  // yellow: paused, not proved, a warning
};

// Whether a stream gets colours. `wish` is the value of --color: "always" and "never" decide. Under
// "auto" the first of these that is set decides: NO_COLOR (never), CLICOLOR_FORCE (always, unless
// "0"), HELM_COLOR (its own words); else a terminal gets them, unless TERM is "dumb" or unset.
[[nodiscard]] bool wants_colour(std::string_view wish,
                                const std::map<std::string, std::string>& environment,
                                bool is_terminal);

// `text` between the codes that switch the colour on and off (ECMA-48 §8.3.117, SGR).
[[nodiscard]] std::string paint(Colour colour, std::string_view text);

// Of a sentence that ends a rollout with this exit code.
[[nodiscard]] Colour colour_of_code(int exit_code);

}  // namespace kai::app
