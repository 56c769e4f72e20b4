// Platform: where workloads run, as the commands see it. One implementation for each, in
// wiring_<platform>.cc; no command names one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "base/reply.h"
#include "core/plan/plan.h"
#include "engine/ports.h"
#include "ports/metric_history.h"
#include "ports/release_rows.h"
#include "ports/rollout_store.h"

namespace kai::app {

using ports::ReleaseRow;
using ports::VersionRow;

struct RollbackWish {
  std::optional<std::int64_t> revision;  // empty: the newest good one
  bool forced = false;                   // also to a revision that failed
  Duration timeout{0};  // of a tool that takes one; on one machine each service has its own times
};
struct RollbackDone {
  std::int64_t revision = 0;  // asked for
  std::optional<Error>
      trouble;  // it was under way and did not say that it succeeded: where the release is, is open
};

// The words in which a platform's things are called.
struct PlatformWords {
  std::string place;  // "context bed, namespace shop, release kai"
  std::string who;    // who makes revisions: "Helm"
  std::string
      look_after_failure;  // where a person looks when a plain upgrade failed: "helm history"
};

// The edges for one release, and what there is beside it.
class Platform {
 public:
  virtual ~Platform() = default;
  // Brings up what the platform itself needs before anything is changed on it: on this machine the
  // splitter. Errors: `rejected` (a person has to change something first), `unavailable`.
  virtual void get_ready(Reply<Unit> reply) = 0;
  virtual engine::Ports ports(ports::RolloutViewer& viewer) = 0;
  // Tells the platform's own users what happens, beside whoever started it.
  virtual ports::RolloutViewer& events() = 0;
  // Whether all of them were told, or given up.
  [[nodiscard]] virtual bool are_events_posted() const = 0;
  virtual ports::RolloutStore& store() = 0;
  // An empty namespace means all of them. `rejected`: they may not all be read.
  virtual void releases(const std::string& name_space, Reply<std::vector<ReleaseRow>> reply) = 0;
  // Of the release, oldest first. `no_data`: there is no such release.
  virtual void versions(Reply<std::vector<VersionRow>> reply) = 0;
  // Waits for the end. An error: nothing was begun.
  virtual void rollback(const RollbackWish& wish, Reply<RollbackDone> reply) = 0;
  // An empty namespace means all of them.
  virtual void known_rollouts(const std::string& name_space, Reply<ports::KnownRollouts> reply) = 0;
  // Services and pods of the deployed version, of what `plan` calls critical. `no_data`: there is
  // no such release.
  virtual void stable(const core::Plan& plan, Reply<ports::Planned<ports::StableNow>> reply) = 0;
  // Null: what pods counted is kept nowhere.
  virtual ports::MetricHistory* history() = 0;
  [[nodiscard]] virtual PlatformWords words() const = 0;
};

}  // namespace kai::app
