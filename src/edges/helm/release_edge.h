// The port `Release` on Kubernetes: a Helm release, read from Helm's own records, changed by Helm
// as a child process.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/timers.h"
#include "edges/helm/promotion.h"
#include "edges/helm/release_records.h"
#include "ports/release.h"

namespace kai::edges {

// What the wiring knows. Everything outside `seams` is a value.
struct HelmOptions {
  std::string binary = "helm";                     // $HELM_BIN, or a name in PATH
  std::map<std::string, std::string> environment;  // ours; only what Helm needs is passed on
  std::string kubeconfig;              // KUBECONFIG of the children; empty: as in `environment`
  std::string context;                 // of the API client, passed to each child
  std::string name_space = "default";  // of the context
  RecordDriver driver = RecordDriver::secret;
};

[[nodiscard]] Helm make_helm(os::Process& process, os::Disk& disk, const SteadyClock& steady,
                             Timers& timers, const HelmOptions& options);

class HelmRelease final : public ports::Release {
 public:
  // `helm` by make_helm(); `api` talks to the cluster of `options.context`. All references outlive
  // this.
  HelmRelease(const Helm& helm, kubeapi::Client& api, HelmOptions options);

  void plan(const core::Plan& plan, Reply<ports::Planned<ports::ReleasePlan>> reply) override;
  void upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  void stop_upgrade() override;
  void revert(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  // `reverted` is said by the records alone: the newest one is a rollback to the start, and
  // deployed. That the live pod templates equal it is the workload edge's to see; the engine asks
  // for both.
  void observe(const Tree& plan, const std::string& rollout,
               Reply<core::ReleaseSeen> reply) override;

 private:
  struct Pinned;  // files of the newest plan, for those that are too large for the record

  Helm helm_;
  kubeapi::Client& api_;
  HelmOptions options_;
  ReleaseRecords records_;
  std::shared_ptr<Promotion> promotion_;
  std::shared_ptr<Pinned> pinned_;
};

}  // namespace kai::edges
