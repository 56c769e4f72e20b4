#include "scenario.h"

#include <algorithm>

namespace kai::simulation {

using core::Stage;
using What = Happening::What;

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {.name = "good", .faults = {}, .happening = {}, .ends = {"promoted"}},
      {.name = "bad",
       .faults = {.canary_is_bad = true},
       .happening = {},
       .ends = {"rolled_back/failed_on_evidence"}},
      {.name = "good_sequential",
       .faults = {.sequential = true},
       .happening = {},
       .ends = {"promoted"}},
      {.name = "bad_sequential",
       .faults = {.canary_is_bad = true, .sequential = true},
       .happening = {},
       .ends = {"rolled_back/failed_on_evidence"}},
      {.name = "never_ready",
       .faults = {.canary_never_ready = true},
       .happening = {},
       .ends = {"rolled_back/failed_on_evidence"}},
      {.name = "clones_refused",
       .faults = {.clones_refused = true},
       .happening = {},
       .ends = {"rolled_back/refused"}},
      {.name = "growth_refused",
       .faults = {.growth_refused = true},
       .happening = {},
       .ends = {"rolled_back/not_proved"}},
      {.name = "never_applied",
       .faults = {.route_never_accepts = true},
       .happening = {},
       .ends = {"rolled_back/not_proved"}},
      {.name = "unknown",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::source_dies},
       .ends = {"paused/unknown_budget_spent"}},
      {.name = "abort",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::abort},
       .ends = {"rolled_back/aborted"}},
      {.name = "abort_before_traffic",
       .faults = {},
       .happening = Happening{Stage::attach, 0, What::abort},
       .ends = {"rolled_back/aborted"}},
      // Too late in some of the runs: what is promoted already stays so.
      {.name = "abort_in_upgrade",
       .faults = {},
       .happening = Happening{Stage::upgrade, 2, What::abort},
       .ends = {"rolled_back/aborted"}},
      {.name = "promotion_fails",
       .faults = {.upgrade_fails = true},
       .happening = {},
       .ends = {"rolled_back/promotion_failed"}},
      {.name = "weight_up",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::weight_up},
       .ends = {"promoted"}},
      {.name = "weight_down",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::weight_down},
       .ends = {"paused/brake"}},
      {.name = "entry_removed",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::entry_removed},
       .ends = {"paused/brake"}},
      {.name = "foreign_release",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::foreign_release},
       .ends = {"rolled_back/superseded"}},
      {.name = "pods_lost",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::pods_die},
       .ends = {"promoted"}},
      {.name = "pause_and_resume",
       .faults = {},
       .happening = Happening{Stage::bake, 1, What::pause_and_resume},
       .ends = {"promoted"}},
  };
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  const auto found = std::ranges::find(scenarios(), name, &Scenario::name);
  return found == scenarios().end() ? nullptr : &*found;
}

}  // namespace kai::simulation
