// Port: make the data plane send this split, read it back, restore what was there.
#pragma once

#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "core/rollout/observation.h"
#include "core/rollout/stamp.h"
#include "core/traffic/weight.h"
#include "ports/finding.h"
#include "ports/workload.h"

namespace kai::ports {

struct RoutePlan {
  Tree data;  // opaque; kept in the record: saved originals, patches and their inverse
  Duration propagation_max{0};     // bound P: after it no request follows the split before
  std::vector<std::string> lines;  // what `plan` prints: each binding, with weights
};

// What the route should say.
struct RouteTarget {
  bool attached = false;  // our entries are in every bound rule
  core::Weight canary;    // zero unless attached

  friend bool operator==(const RouteTarget&, const RouteTarget&) = default;
};

// Newest stamps that a write left on the objects; needed for the next compare-and-set.
struct Receipt {
  core::Stamp stamp;
};

class Router {
 public:
  virtual ~Router() = default;
  // Finds every place that sends traffic to the services, saves originals, dry-runs every write,
  // the ones that lower included. Check P14 and its part of P6, P7. Changes nothing.
  virtual void plan(const core::Plan& plan, const WorkloadPlan& workload,
                    Reply<Planned<RoutePlan>> reply) = 0;
  // Idempotent; touches only our entries and carries the stamp, which is also the compare-and-set.
  // Lowering needs nothing but the plan: no status, no discovery. On a conflict it reads again and
  // repeats itself once, unless a newer stamp is there: then it was overtaken and gives up. An
  // error leaves the outcome unknown.
  virtual void apply(const Tree& plan, const RouteTarget& target, const core::Stamp& stamp,
                     Reply<Receipt> reply) = 0;
  // What the route says now, and whether our newest write was accepted and has settled.
  virtual void observe(const Tree& plan, Reply<core::RouteSeen> reply) = 0;
  // Back to the saved original, ownership of the field given back. Idempotent. The answer is true
  // when it is so:
  // (`unavailable` while our entry carries weight: an entry that carries weight is never removed)
  // byte for byte, or with edits of others kept, which are then named in a warning of the log.
  virtual void restore(const Tree& plan, const core::Stamp& stamp, Reply<bool> reply) = 0;
};

}  // namespace kai::ports
