// kube_store: rollout records in ConfigMaps, compare-and-swap by resourceVersion; the claim is a
// Lease.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "kubeapi/client.h"
#include "kubeapi/lease.h"
#include "ports/rollout_store.h"

namespace kai::edges {

inline constexpr Duration claim_term = std::chrono::seconds(15);
inline constexpr std::size_t history_entries_max =
    20;  // per release; failed ones of the last 30 days stay
inline constexpr Duration failed_history_kept = std::chrono::hours(24 * 30);

// Of the ConfigMap that holds the record of a release, and of its Lease.
[[nodiscard]] std::string record_name_of(const std::string& release);

// Of one release in one namespace: ConfigMap and Lease `kai-canary-<release>`, Secrets for the
// pinned inputs of the rollout (inputs_store.h), ConfigMap `kai-canary-<release>.<rollout>` per
// finished rollout.
class KubeStore final : public ports::RolloutStore {
 public:
  KubeStore(kubeapi::Client& client, const SteadyClock& steady, const WallClock& wall,
            std::string name_space, std::string release);
  ~KubeStore() override;

  void load(Reply<std::optional<ports::Stored>> reply) override;
  void save(const core::Record& record, const std::string& version,
            Reply<ports::SaveOutcome> reply) override;
  void holder(Reply<std::optional<ports::Holder>> reply) override;
  void claim(const ports::Holder& holder, Reply<ports::ClaimOutcome> reply) override;
  void renew(Reply<bool> reply) override;
  void give_up(Reply<Unit> reply) override;
  void submit(const core::Command& command, Reply<Unit> reply) override;
  void remember(const ports::HistoryEntry& entry, Reply<Unit> reply) override;
  void history(Reply<ports::History> reply) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Of one namespace, or of all when it is empty.
void known_rollouts(kubeapi::Client& client, const std::string& name_space,
                    Reply<ports::KnownRollouts> reply);

}  // namespace kai::edges
