// Scenario: a rollout without chance, whose end is known, and the one blow that it may be dealt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rollout/record.h"
#include "world.h"

namespace kai::simulation {

// What a person, a bot or the world does, once, a second after the rollout reached `stage` of
// `step`.
struct Happening {
  enum class What {
    abort,
    pause_and_resume,
    weight_up,        // another hand sets the route to 90%
    weight_down,      // ... to 1%
    entry_removed,    // ... or takes our entry out
    foreign_release,  // somebody upgrades the release
    source_dies,      // for good
    pods_die,         // and come back
  };
  core::Stage stage = core::Stage::bake;
  std::uint32_t step = 0;
  What what = What::abort;
};

struct Scenario {
  std::string_view name;
  Faults faults;
  std::optional<Happening> happening;
  std::vector<std::string_view> ends;  // as in Outcome::end; the first one without any blow
};

[[nodiscard]] const std::vector<Scenario>& scenarios();
// Empty when there is none of that name.
[[nodiscard]] const Scenario* find_scenario(std::string_view name);

}  // namespace kai::simulation
