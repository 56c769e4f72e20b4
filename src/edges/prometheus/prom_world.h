// What the parts of the metric source share. Only memory: a new process starts from a first look
// again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/timers.h"
#include "edges/prometheus/prom_api.h"
#include "edges/prometheus/prom_evidence.h"
#include "ports/metric_source.h"

namespace kai::edges {

// The source's clock, by ours: what it said, and when that was.
struct PromClock {
  WallTime said;
  SteadyTime at;

  [[nodiscard]] WallTime now(SteadyTime steady) const { return said + (steady - at); }
};

struct PromWorld {
  PromApi api;
  Timers& timers;
  const SteadyClock& steady;
  const WallClock& wall;
  std::string plan;  // whose memory this is
  std::optional<PromClock> clock;
  PromEvidence evidence;
};

template <typename T>
void answer_later(PromWorld& world, Reply<T> reply, Result<T> result) {
  world.timers.at(world.steady.now(),
                  [reply = std::move(reply), result = std::move(result)]() mutable {
                    reply(std::move(result));
                  });
}

// Asks for the source's clock. The middle between question and answer is when it was read.
void ask_prom_clock(const std::shared_ptr<PromWorld>& world, const PromAddress& address,
                    Reply<PromClock> reply);

void count_pods(std::shared_ptr<PromWorld> world, PromPlan plan, std::vector<ports::PodTarget> pods,
                Reply<ports::Counters> reply);
void plan_metrics(std::shared_ptr<PromWorld> world, const core::Plan& plan,
                  const ports::WorkloadPlan& workload, const std::vector<ports::PodTarget>& pods,
                  Reply<ports::Planned<ports::MetricPlan>> reply);

}  // namespace kai::edges
