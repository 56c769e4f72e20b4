// Acceptance: what the status of a route says about its present generation. Accepted is not
// applied. Pure.
#pragma once

#include <string>

#include "base/time.h"
#include "base/tree.h"

namespace kai::edges {

enum class Acceptance {
  accepted,  // every controller took exactly this generation
  pending,   // some controller has not answered for it yet, or has gone silent
  refused,   // some controller will not take it, or serves only a part of it
};

struct RouteAcceptance {
  Acceptance state = Acceptance::pending;
  std::string detail;  // why it is not accepted
};

// `known_parents` is what `answering_parents` found before the first write: each of them that the
// route still names has to answer again. Conditions without the generation of the object count as
// not yet answered.
[[nodiscard]] RouteAcceptance read_acceptance(const Tree& route, const Tree& known_parents);

// [{controllerName, parentRef}] of status.parents whose parentRef the spec names.
[[nodiscard]] Tree answering_parents(const Tree& route);

// Longest time that the slowest of these controllers lets a request follow the old split after it
// accepted the new one (what was measured, or what its documents say), for the default of
// `propagation_max`.
[[nodiscard]] Duration propagation_of(const Tree& parents);

}  // namespace kai::edges
