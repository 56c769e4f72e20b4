// Promotion and the way back: the two runs of Helm that change a release. At most one runs at a
// time.
#pragma once

#include <memory>
#include <string>

#include "base/reply.h"
#include "core/rollout/observation.h"
#include "edges/helm/helm_run.h"
#include "edges/helm/pinned_plan.h"
#include "edges/helm/release_records.h"

namespace kai::edges {

class Promotion {
 public:
  // All references outlive every run.
  Promotion(const Helm& helm, kubeapi::Client& api, const ReleaseRecords& records);
  ~Promotion();
  Promotion(const Promotion&) = delete;
  Promotion& operator=(const Promotion&) = delete;

  // Looks once more first: nobody changed the release since the plan, the pinned inputs still
  // render to what was judged, and the API server would take it. Only then `helm upgrade`, with
  // Helm's own rollback on failure (a first install is left as it failed, for a person). rejected:
  // one of these says no, or Helm failed, in its words.
  void upgrade(PinnedPlan plan, const std::string& rollout, Reply<Unit> reply);
  // SIGTERM to a running upgrade, once: Helm then rolls back within seconds. An upgrade that has
  // not called Helm yet ends without calling it. Never more than that: a killed Helm leaves the
  // release pending.
  void stop();
  // `helm rollback` to the revision of the start, and waits.
  void revert(const PinnedPlan& plan, Reply<Unit> reply);

  // Of the newest run in this process' life.
  [[nodiscard]] core::ReleaseSeen::Helm state() const;
  [[nodiscard]] const std::string& words() const;  // why it failed

  struct Run;  // shared with the replies that are under way

 private:
  Helm helm_;
  kubeapi::Client& api_;
  ReleaseRecords records_;
  std::shared_ptr<Run> run_;
};

}  // namespace kai::edges
