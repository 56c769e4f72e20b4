// Rollouts as tests of screens need them: shop/kai from v1.2.2 to v1.2.3 in three steps.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/rollout/record.h"
#include "ports/rollout_view.h"

namespace kai::fakes {

// Looked at 12m41s after the start.
inline const WallTime sample_now{std::chrono::seconds(1767323045)};

inline core::Record sample_record(core::Phase phase, core::Stage stage) {
  using std::chrono::minutes;
  using std::chrono::seconds;
  core::Record record;
  record.rollout = "7f3k2";
  record.epoch = 3;
  record.seq = 17;
  record.settled = stage == core::Stage::done;
  record.plan.target = {
      .release = "kai", .name_space = "shop", .context = "prod", .kubeconfig = ""};
  record.plan.inputs.tag = "v1.2.3";
  record.plan.services = {{.name = "api-server", .port = {}},
                          {.name = "coordinator-service", .port = {}}};
  record.plan.steps = {{core::Weight::from_hundredths(1000), minutes(5)},
                       {core::Weight::from_hundredths(2500), minutes(5)},
                       {core::Weight::from_hundredths(5000), minutes(5)}};
  record.plan.limits.latency_max = std::chrono::milliseconds(500);
  record.phase = phase;
  record.stage = stage;
  record.stable_version = "v1.2.2";
  record.canary_version = "v1.2.3";
  record.start_revision = 4;
  record.total = minutes(12) + seconds(41);
  record.in_stage = seconds(40);
  record.started_at = sample_now - record.total;
  record.updated_at = sample_now - seconds(5);
  return record;
}

// At `percent`, applied: the canary is in the route.
inline core::Record with_weight(core::Record record, int percent,
                                core::Applied applied = core::Applied::bounded) {
  record.route_touched = true;
  record.exposed = percent > 0;
  record.authorised = core::Weight::from_hundredths(percent * 100);
  record.applied = applied;
  return record;
}

inline core::Record because(core::Record record, std::string code, std::string sentence) {
  record.reason = {std::move(code), std::move(sentence)};
  return record;
}

// Pods of both arms are ready, and both services have served requests.
inline ports::RolloutView sample_view(core::Record record) {
  ports::RolloutView view;
  view.record = std::move(record);
  view.workload = core::WorkloadSeen{};
  view.workload->canary_exists = true;
  view.workload->canary.ready = view.workload->stable.ready = true;
  if (view.record.exposed) {
    view.services = {{.name = "api-server",
                      .facts = {.requests = 512,
                                .errors = 2,
                                .baseline_requests = 4608,
                                .baseline_errors = 16,
                                .success_percent = 99.609,
                                .latency_seconds = 0.212}},
                     {.name = "coordinator-service",
                      .facts = {.requests = 340,
                                .errors = 1,
                                .baseline_requests = 3060,
                                .baseline_errors = 9,
                                .success_percent = 99.705,
                                .latency_seconds = 0.48}}};
    view.evidence_sentence =
        "every service holds: lowest success 99.6% (api-server, 2 of 512 canary requests failed), "
        "limit 95%";
    view.observed_canary_requests = 852;
    view.observed_all_requests = 8520;
    view.next_check = std::chrono::seconds(14);
  }
  return view;
}

}  // namespace kai::fakes
