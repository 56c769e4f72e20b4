// Port: integer counts per pod, pair of scrapes and arm.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/judge/dispersion.h"
#include "core/judge/slice.h"
#include "core/plan/plan.h"
#include "ports/finding.h"
#include "ports/workload.h"

namespace kai::ports {

// What stable's pods showed before the canary existed, for one service. Empty: nothing is known.
struct Calibration {
  // How much its healthy pods differ from each other, for errors.
  std::vector<core::DispersionPoint> errors{};
  // ... and for requests slower than an edge; the edges chosen to be judged (indexes), rising.
  struct Edge {
    std::size_t edge = 0;
    std::vector<core::DispersionPoint> points;
  };
  std::vector<Edge> edges{};
  double requests_per_second = 0;  // of one pod, on average; 0: unknown
  double error_share = 0;          // of all of them, 0 to 1
  std::uint32_t pods = 0;          // that had counts while another one had some
  Duration history{0};             // for so long

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

struct MetricPlan {
  Tree data;  // opaque; kept in the record: preset, labels, queries
  std::vector<std::vector<double>>
      edges;                    // latency edges in seconds, per service; empty: no histogram
  Duration scrape_interval{0};  // measured
  std::vector<Calibration> calibration{};  // per service; empty: it was not asked for, or failed
  std::vector<std::string> lines;          // what `plan` prints: queries with their first results
};

struct Counters {
  std::vector<core::Slice> slices;  // new since the last answer, sorted by (service, target, to)
  WallTime source_now;              // the source's clock when it answered
  std::vector<std::string> silent_pods;  // ready pods that own no series
  bool arms_apart = false;               // both arms own series and no series belongs to both
  bool stale = false;                    // newest samples are older than two scrapes
};

class MetricSource {
 public:
  virtual ~MetricSource() = default;
  // Detects metric names, labels, edges; asks for stable's last ten minutes. Checks P12, P13.
  // `pods` are stable's.
  virtual void plan(const core::Plan& plan, const WorkloadPlan& workload,
                    const std::vector<PodTarget>& pods, Reply<Planned<MetricPlan>> reply) = 0;
  // One query for all services and pods. Counts of a pod that is new since the first call start at
  // its first scrape; of an older one at our first look. Errors are of the kinds that the verdict
  // needs: `unavailable`, `rejected`, `no_data` (no series at all), `malformed`.
  virtual void counters(const Tree& plan, const std::vector<PodTarget>& pods,
                        Reply<Counters> reply) = 0;
};

}  // namespace kai::ports
