// What a route object says about our bound rules now: where they are and what they give the canary.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/tree.h"
#include "core/rollout/stamp.h"
#include "core/traffic/weight.h"
#include "edges/gateway_api/route_binding.h"

namespace kai::edges {

// Where a bound rule is in an object that others may have edited. Empty fields: not there any more.
struct LocatedRule {
  std::optional<std::size_t> rule;
  std::optional<std::size_t> stable;  // entry
  std::optional<std::size_t> canary;  // entry
};

// One for each of `binding.rules`, in their order. No rule is given to two of them.
[[nodiscard]] std::vector<LocatedRule> locate_rules(const RouteBinding& binding,
                                                    const Tree& object);

// Units of stable and canary in a located rule; zero where the entry is gone or its weight cannot
// be read.
struct RuleWeights {
  std::int64_t stable = 0;
  std::int64_t canary = 0;

  friend bool operator==(const RuleWeights&, const RuleWeights&) = default;
};
[[nodiscard]] RuleWeights weights_of(const Tree& object, const LocatedRule& place);

struct LiveRoute {
  bool attached = true;  // our entry is in every bound rule
  core::Weight most;     // largest share of the canary over the rules
  core::Weight least = core::Weight::full();
  std::optional<core::Stamp> stamp;
  std::string unbound;  // a rule that leads to stable past us, for people; empty: none
};
[[nodiscard]] LiveRoute read_live(const RouteBinding& binding, const Tree& object,
                                  std::span<const core::Weight> steps);

// Text of the stamp annotation; null when there is none.
[[nodiscard]] const std::string* stamp_text(const Tree& object);

// Who last owned `spec.rules` other than us, by managedFields; empty when nobody is named.
[[nodiscard]] std::string last_writer(const Tree& object);

// "/spec/rules/2/backendRefs/0".
[[nodiscard]] std::string entry_pointer(std::size_t rule, std::size_t entry);

}  // namespace kai::edges
