// Port: what is stable, what is the candidate, make the candidate stable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "core/rollout/observation.h"
#include "ports/finding.h"

namespace kai::ports {

// How one object of the release changes.
struct ObjectChange {
  enum class Kind { unchanged, changed, added, removed };
  Kind kind = Kind::unchanged;
  Tree stable;  // as in the stored release; null when added
  // As rendered, with stable's values where two renders differ; null when removed.
  Tree candidate;
  bool volatile_only = false;          // unchanged, but for what differs from render to render
  std::vector<std::string> volatiles;  // pointers into `candidate`: where two renders differ
};

struct ReleasePlan {
  Tree data;               // opaque; kept in the record
  std::string name_space;  // resolved once, used everywhere
  bool first_install = false;
  std::int64_t start_revision = 0;  // 0 on a first install
  std::string stable_version;       // for people
  std::string canary_version;
  std::vector<ObjectChange> objects;  // stable's manifest against the candidate's
  std::vector<std::string> lines;     // what `plan` prints: chart digest, values, what changes
};

class Release {
 public:
  virtual ~Release() = default;
  // Pins chart and value inputs, finds the release, renders twice, compares, rehearses the
  // promotion. Changes nothing in the cluster. Checks P2, P3, P3b, P8, P9, P10, P11. Errors only
  // when nothing could be learnt at all.
  virtual void plan(const core::Plan& plan, Reply<Planned<ReleasePlan>> reply) = 0;
  // Upgrades from the pinned inputs with rollback on failure. The answer says only that Helm ended;
  // what became of the release is asked with `observe`. `rollout` goes into the description. At
  // most one at a time.
  virtual void upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) = 0;
  // The new pods cannot come up: tells a running upgrade to roll back now. Does nothing when none
  // runs.
  virtual void stop_upgrade() = 0;
  // Returns the release to the revision of the start, and waits.
  virtual void revert(const Tree& plan, const std::string& rollout, Reply<Unit> reply) = 0;
  // Newest stored revision compared with the start, and the state of our own Helm process.
  virtual void observe(const Tree& plan, const std::string& rollout,
                       Reply<core::ReleaseSeen> reply) = 0;
};

}  // namespace kai::ports
