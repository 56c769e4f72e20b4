// The metric source Prometheus: raw counter samples of the pods of both arms, one query per call.
#pragma once

#include <memory>

#include "base/clock.h"
#include "kubeapi/client.h"
#include "net/http_client.h"
#include "ports/metric_source.h"

namespace kai::edges {

// Samples younger than this may still be on their way into the source, so no question reaches
// closer to its now.
inline constexpr Duration prom_settle = std::chrono::milliseconds(500);
// One query names no more pods; more of them are asked for one after the other.
inline constexpr std::size_t prom_pods_per_query_max = 300;
// The source's clock is asked for again after this time.
inline constexpr Duration prom_clock_age_max = std::chrono::minutes(5);

struct PromWorld;

class PrometheusSource final : public ports::MetricSource {
 public:
  // `api` may be null: then a source inside a cluster is reached directly or not at all. All
  // outlive the source.
  PrometheusSource(net::HttpClient& http, kubeapi::Client* api, Timers& timers,
                   const SteadyClock& steady, const WallClock& wall);
  ~PrometheusSource() override;

  void plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
            const std::vector<ports::PodTarget>& pods,
            Reply<ports::Planned<ports::MetricPlan>> reply) override;
  void counters(const Tree& plan, const std::vector<ports::PodTarget>& pods,
                Reply<ports::Counters> reply) override;

 private:
  std::shared_ptr<PromWorld> world_;
};

}  // namespace kai::edges
