// A rollout that stands at 10 % and is being judged: the real engine, router, metric source, API
// client and HTTP client over loopback, all on one loop, which also carries both servers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bench/loopback_api.h"
#include "bench/loopback_prometheus.h"
#include "bench/quiet_ports.h"
#include "edges/gateway_api/gateway_router.h"
#include "edges/prometheus/prom_source.h"
#include "engine/engine.h"
#include "kubeapi/client.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_process.h"

namespace kai::bench {

class RunningRollout {
 public:
  RunningRollout(std::size_t services, Answers prometheus_answers);

  // A new engine takes the rollout over at 10 %, with all pods ready.
  void begin();
  void run_for(Duration wait);
  // Until a question waits for Prometheus' answer; false: none came within `wait_max`.
  [[nodiscard]] bool run_until_asked();

  static constexpr Duration wait_max = std::chrono::seconds(5);

  // Each gives the engine a reason to lower, waits for the PATCH to weight zero, and answers the
  // time from the moment when the reason had reached the engine until the server had read the
  // PATCH. Empty: it did not come within `wait_max`.
  [[nodiscard]] std::optional<Duration> lose_endpoints();
  [[nodiscard]] std::optional<Duration> abort();

  [[nodiscard]] const LoopbackPrometheus& prometheus() const { return prometheus_; }

 private:
  [[nodiscard]] core::Record record() const;
  [[nodiscard]] bool run_until(std::move_only_function<bool()> done);

  os::RealSteadyClock steady_;
  os::RealWallClock wall_;
  net::Loop loop_;
  os::RealDisk disk_;
  os::RealProcess process_;
  QuietLog log_;
  QuietViewer viewer_;
  ports::WorkloadPlan workload_plan_;
  LoopbackApi api_;
  LoopbackPrometheus prometheus_;
  net::BeastHttpClient http_;
  kubeapi::Client client_;
  edges::GatewayRouter router_;
  edges::PrometheusSource metrics_;
  QuietRelease release_;
  QuietWorkload workload_;
  QuietStore store_;
  std::unique_ptr<engine::RolloutEngine> engine_;
  std::uint64_t epoch_ = 1;
};

}  // namespace kai::bench
