// Port: what stable's pods counted long ago, in the order of time. Only looked at; never evidence
// of a rollout.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/backtest/past.h"
#include "ports/workload.h"

namespace kai::ports {

// Stable alone: what a look at its past is about.
struct StableNow {
  WorkloadPlan workload;        // services and their workloads; nothing of a canary
  std::vector<PodTarget> pods;  // ready or not
};

struct HistoryAsk {
  Tree plan;                           // MetricPlan::data
  std::vector<std::string> workloads;  // stable's, one per service
  std::vector<PodTarget> pods;         // stable's, as they are now
  Duration length{0};                  // back from the source's now; above zero
};

// What will be read.
struct HistorySpan {
  WallTime from;
  WallTime to;
  bool shortened = false;    // to keep the amount within limits
  bool only_todays = false;  // earlier pods cannot be told from those of others
};

struct HistoryPart {
  std::vector<core::PastSlice> slices;  // sorted by (service, target, to); `to` at most `until`
  WallTime until;
  std::vector<std::string> lost;  // what could not be counted, and why; a few at most
  bool last = false;
};

class MetricHistory {
 public:
  virtual ~MetricHistory() = default;
  // Begins at the oldest end. `no_data`: there is nothing at all.
  virtual void begin(const HistoryAsk& ask, Reply<HistorySpan> reply) = 0;
  // The next part after `begin`, until one is the last. Asks again by itself where that may help;
  // after an error the reading is over.
  virtual void next(Reply<HistoryPart> reply) = 0;
};

}  // namespace kai::ports
